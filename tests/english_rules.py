"""What each rule about English is for, in natural words, and what comes close and is something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rag.cite.support import find_words
from rag.english.answer_types import find_answer_type
from rag.english.definitions import read_definition
from rag.english.enumerating import wants_all
from rag.english.follow_ups import is_follow_up
from rag.english.funding import AS_TOLD, put_as_documents_do
from rag.english.intents import asks_about_library, asks_for_list, asks_for_summary, find_small_talk
from rag.english.leaning import leans, stands_alone
from rag.english.points import read_points
from rag.english.requests import find_summarised, find_task, find_topic, find_wanted_count
from rag.english.source import asks_about_source, asks_for_references, is_byline, mend_apostrophes
from rag.english.terms import find_terms, is_content, is_negation


@dataclass(frozen=True)
class Rule:
    """What a rule says of texts: ``finds`` by what it makes of them, and ``leaves``, which it makes nothing of."""

    apply: Callable[[str], Any]
    finds: dict[Any, list[str]]
    leaves: list[str] = field(default_factory=list)


RULES = {
    "small talk": Rule(
        find_small_talk,
        {
            "greeting": ["hi", "Hello there!", "Good morning", "hey footnote"],
            "thanks": ["thanks", "Great, thank you so much!", "Thanks a lot, Footnote"],
            "farewell": ["bye", "see you later", "Good night!"],
            "praise": ["ok", "got it", "Well done."],
            "ability": [
                "What can you do?",
                "hi, who are you?",
                "help",
                "Can you help me?",
                "How do you work?",
                "How does Footnote work?",
                "What is Footnote?",
                "How do I use Footnote?",
                "What should I ask you?",
                "how are you",
            ],
        },
        [
            "How does this work?",
            "How does it work?",
            "What is this?",
            "How can I use this?",
            "What should I ask?",
            "How do you work a lathe?",
            "What is a footnote?",
            "Hi, why did the summit fail?",
            "Thanks to whom did the talks begin?",
            "What can the army do?",
            "Who are the leaders?",
            "What helped the talks?",
            "Help for whom?",
            "Did the good morning mood last?",
        ],
    ),
    "references": Rule(
        asks_for_references,
        {
            True: [
                "Which studies does it cite?",
                "What are the references?",
                "Who wrote the paper on tea?",
                "Where was that published?",
                "What is the DOI?",
            ]
        },
        ["Why did the mill close?", "What excited the council?", "How is tea made?", "Who referees the match?"],
    ),
    "the library": Rule(
        asks_about_library,
        {
            True: [
                "Which documents do you have?",
                "list the documents",
                "How many articles are there?",
                "what's in the library",
            ]
        },
        [
            "What documents were signed in Singapore?",
            "Which articles of the treaty were broken?",
            "How many sources did the police name?",
            "What is in the library of Arden?",
        ],
    ),
    "the source": Rule(
        asks_about_source,
        {
            "author": [
                "Who wrote this article?",
                "Who is the author?",
                "who's the author",
                "Who are the authors of this paper?",
                "Who wrote it?",
                "Name the author.",
                "What is the author's name?",
                "Which report was written by the mayor?",
                "Whose essay is this?",
                # Proposed as well; that the text names another author is for the model to see.
                "Who wrote the report on the flood?",
            ],
            "date": [
                "When was the article published?",
                "On what date did this report appear?",
                "When was this written?",
                "What date does the letter carry?",
                "How old is this document?",
                "What is the publication date?",
                "What is the date of the report?",
            ],
            "title": [
                "What is the title of the article?",
                "What is the headline?",
                "What's this document called?",
                "Tell me the title",
                "What is the name of the book?",
                "And what is the title? (Ada Quill)",
            ],
        },
        [
            "Who won the title in 1998?",
            "Who won the title?",
            "What title did Mira Holt win?",
            "What is a headline?",
            "What is the title of the king's eldest son?",
            "When was the summit?",
            "When did the summit take place?",
            "When was the treaty published?",
            "When did she publish it?",  # what somebody wrote is told by the text
            "When was the mill built?",
            "Who walked out?",
            "Who wrote to the king?",
            "Who wrote the Harbour Song?",
            "What does the author think of the deal?",
            "What does the article say about sanctions?",
            "What date was agreed on?",
            "How old is the report's author?",
        ],
    ),
    "a byline": Rule(
        is_byline,
        {
            True: [
                "By Ada Quill",
                "By Ada Quill, 2 May 2014",
                "Dated 2 May 2014",
                "By A. Quill, B. Moor and others, 2014",
            ]
        },
        ["Ada Quill", "By", "The mill was built by Ada Quill.", "Updated 2 May 2014"],
    ),
    "a summary": Rule(
        asks_for_summary,
        {
            True: [
                "Summarise this article.",
                "summary",
                "TL;DR",
                "Could you please give me a short overview of the document?",
                "What are the main points?",
                "What are the key arguments of this paper?",
                "What is this article about?",
                "What's it all about?",
                "What does the report say?",
                "Summarize everything in five sentences",
                "Sum it up, please",
                "Give me the gist",
                "Main takeaways?",
                "Give me three main points",
            ]
        },
        [
            "What is the main point of disagreement between them?",
            "Summarise what Ada said about bears.",
            "What does the report say about bears?",
            "What are the main arguments against the mill?",
            "What is a summary offence?",
            "What is the summit about?",
            "Who wrote the summary?",
            "What are the key points on the map?",
        ],
    ),
    "so many sentences": Rule(
        find_wanted_count,
        {
            3: ["Summarise the article in three sentences", "Give me 3 main points", "the three most important points"],
            1: ["Sum it up in one sentence", "one line, please"],
            20: ["Summarise it in 99 sentences"],
        },
        ["Summarise this", "Who were the three people?", "In how many sentences?", "Zero points were scored in game 7"],
    ),
    "a summary of something": Rule(
        find_summarised,
        {
            "the tram study": [
                "Summarise the tram study",
                "Could you summarize the tram study in two sentences, please?",
            ],
            "flatland": ["What is Flatland about?", "Give me a short summary of Flatland"],
            "the part about bears": ["Sum up the part about bears"],
        },
        ["Summarise this", "Summarise what Ada said about bears.", "What is it about?", "What is a summary offence?"],
    ),
    "a topic": Rule(
        find_topic,
        {
            "libya": [
                "What does it say about Libya?",
                "tell me about Libya",
                "Anything on Libya?",
                "What about Libya?",
            ],
            "the new mill": [
                "What does the author say about the new mill?",
                "what does the manual say about the new mill",
                "Is there anything about the new mill?",
                "What is said about the new mill?",
            ],
        },
        [
            "What did Ada say about the new mill?",
            "What is it about?",
            "Tell me about it",
            "What does the report say about why the mill closed?",
            "What about when it rains?",
            "What does the mill produce?",
        ],
    ),
    "what takes a writer": Rule(
        find_task,
        {
            "translate": ["Translate the article into German", "please translate this", "Tell me the answer in French"],
            "rephrase": ["Rephrase the first paragraph", "Explain the deal in simple words", "Rewrite this, please"],
            "judge": ["Is the author right?", "What do you think of the deal?", "What is your opinion?"],
            "write": ["Write a poem about the summit", "Can you write me a short letter to the mayor?"],
        },
        [
            "Who translated the book into German?",
            "How do I translate the manual?",
            "Which words were rewritten?",
            "Is the author a lawyer?",
            "What does the author think of the deal?",
            "Who wrote a poem about the summit?",
            "Write to whom?",
            "What did Ada say in German?",
            "Explain the deal",
        ],
    ),
    "a list": Rule(
        asks_for_list,
        {
            True: [
                "List the ships.",
                "please list all ships",
                "Name all of the harbours",
                "What are all the reasons?",
                "Can you give me a list of ships?",
                "How many reasons are given?",
            ]
        },
        [
            "How many metres long is it?",
            "Name the author.",
            "Which ships are on the list?",
            "What is the name of all this?",
            "Who is listed?",
        ],
    ),
    "a follow-up": Rule(
        is_follow_up,
        {
            True: [
                "What about zebras?",
                "Why?",
                "And where does she live?",
                "Who else?",
                "the zebras",
                "What came of that?",
                "Who lives there?",
                "Did they agree?",
                "How many people died?",
            ]
        },
        [
            "What do zebras eat in the dry season?",
            "Which animals graze at night?",
            "What did Ada say when she left the farm?",
            "Is there any proof that zebras sleep?",
            "What are the reasons that the farm closed?",
            "Why do bakers add seaweed?",
            "Which bears does the article name?",
        ],
    ),
    "a sentence that leans on the one before": Rule(
        leans,
        {True: ["This made her rich.", "He left.", "Their mill burnt.", "Such mills are rare.", "Here stood a mill."]},
        [
            "It is clear that the mill burnt.",
            "There was a mill.",
            "These days mills are rare.",
            "Italy has mills.",
        ],
    ),
    "a sentence that stands alone": Rule(
        stands_alone,
        {
            True: [
                "The mill of the valley grinds barley for the country.",
                "North Korea and its leader were treated as one by the press.",
            ]
        },
        [
            "From this the author draws a bleak conclusion about the mill.",
            "Too much was hoped of it, as the miller says every year.",
            "Instead, the miller of the valley grinds barley for all.",
            "For example, the mill of the valley grinds barley for all.",
            "Note 11: The mill of the valley is named in all of the letters.",
            "It grinds barley for the whole of the country, day by day.",
            "Does the mill of the valley grind barley for the country?",
            "The mill of the valley grinds barley for the country",
            "The mill grinds.",
        ],
    ),
    "a question for what something is or is for": Rule(
        lambda text: (definition := read_definition(text)) and definition.name,
        {
            "borlog": ["What is a borlog?", "what's borlog", "What does borlog do?", "What is the borlog used for?"],
            "tide mill": [
                "what is the purpose of the tide mill?",
                "So what are tide mills?",
                "what is this tide mill for",
            ],
            "tide mills": ["So what are tide mills?"],
            "Ada Holm": ["Who is Ada Holm?", "Who was Ada Holm"],
        },
        [
            "What is the capital of the island?",
            "What is it?",
            "What is this about?",
            "What is there to see in the old town?",
            "What did the captain say?",
            "What is the difference between tide mills and windmills?",
            "Who is the man that built the mill?",
            "Who is this guide meant for?",
            "Where is the mill?",
        ],
    ),
    "a sentence that says what a tide mill is": Rule(
        lambda text: read_definition("What is a tide mill?").pattern.search(text) is not None,  # type: ignore[union-attr]
        {
            True: [
                "A tide mill is a water mill driven by the tide.",
                "Tide mills (see below) were the first machines of the coast.",
                "On this coast, the tide mill project was established to grind corn.",
                "The term tide mill refers to two things.",
            ]
        },
        [
            "The tide mill is closed on Mondays.",
            "Nobody who has seen how old the machines of the coast are would call this tide mill the first one.",
            "The miller is a friend of the tide.",
        ],
    ),
    "a question for a number, a length or a date": Rule(
        lambda text: find_answer_type(text) is not None,
        {
            True: [
                "How many ships sank?",
                "How far can the rockets fly?",
                "how long did they stay",
                "On what day was that?",
                "In which year was it dug?",
                "How much did it cost?",
                "What did the bridge cost?",
                "What percentage of them came back?",
                "How often do they meet?",
                "how fast is it",
                "How hot does the oven get?",
            ]
        },
        [
            "Who built the mill?",
            "How hotly was it debated?",
            "When did it burn?",  # "after the war", "as soon as they came"
            "How did they travel?",
            "What cost him the race?",
            "What did the delay cost the town?",
            "How many came, and why did they leave?",
            "In what way did it change?",
            "",
        ],
    ),
    "a question for reasons, a way, or several things": Rule(
        wants_all,
        {
            True: [
                "Why did the mill close?",
                "so why did they leave",
                "What caused the flood?",
                "What went wrong?",
                "What were the reasons?",
                "Which towns are named?",
                "For what reason was it shut?",
                "How do I clean it?",
                "how to fold the sail",
            ]
        },
        [
            "Who said why?",
            "What is the reason for the fee?",
            "Which town is the largest?",
            "When did the mill close?",
            "How many towns are there?",
            "How is she?",
        ],
    ),
    "an apostrophe left out": Rule(
        lambda text: mended if (mended := mend_apostrophes(text)) != text else None,
        {
            "why can't i log in": ["why cant i log in"],
            "they won't fit": ["they wont fit"],
            "it doesn't open": ["it doesnt open"],
            "what's that": ["whats that"],
            "you're late": ["youre late"],
        },
        [
            "What is a cant?",
            "as is his wont",
            "Is the tent wet?",
            "a decent infant",
            "The Quill gave rent",
            "What is there?",
        ],
    ),
    "who paid for the document's own work": Rule(
        lambda question: put_as_documents_do(question) == AS_TOLD,
        {
            True: [
                "who paid for this?",
                "Who funded the study?",
                "so who sponsored this research",
                "How was this work funded?",
                "by whom was the project financed?",
                "Who are the sponsors of this event?",
                "Where did the funding come from?",
            ]
        },
        [
            "Who paid for it?",
            "Who paid for the broken window?",
            "Who pays for this when it is lost?",
            "How much was paid for this?",
            "Who supported the motion?",
            "Where did the flood come from?",
        ],
    ),
    "all of what a section is called after": Rule(
        read_points,
        {
            "limitations": [
                "What are its limitations?",
                "which limitations are there",
                "what are the limitations of this study",
            ],
            "recommendations": ["list the recommendations", "Please list all of the main recommendations"],
            "next steps": ["What are the next steps?"],
            "safety rules": ["Which safety rules are given?"],
        },
        [
            "What are limitations?",
            "What are the requirements for a visa?",
            "What were the reasons for the failure?",
            "What is the basis?",
            "What are the people who came like?",
            "List the moss",
        ],
    ),
    "a word that says no": Rule(
        lambda word: any(map(is_negation, find_words(word))),
        {True: ["nobody", "never", "Nothing", "cannot", "didn't", "without", "nowhere"]},
        ["know", "another", "note", "nobleman", "nor'easter"],
    ),
    "a word that says what is asked about": Rule(
        lambda word: any(map(is_content, find_terms([word])[0])),
        {True: ["mill", "Hanoi", "commentary", "piece", "op-ed", "never", "7"]},
        ["what", "Tell", "describe", "according", "author", "documents", "the", "after"],
    ),
}
