"""What the first pages of some PDF files say, written down from pictures of them: title, authors and date."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Head:
    """A file by the end of its path, and its head; a date as far as it is told (2008-10-03, 2007-01, 2009), "" where none is.

    ``titles`` are those that one may take for it, with or without what stands below in smaller letters.
    """

    file: str
    titles: tuple[str, ...]
    authors: tuple[str, ...] = ()
    date: str = ""


HEADS = (
    Head("grobid-04-2015.pdf", ("GROBID from PDF to structured documents", "GROBID"), ("Patrice Lopez",), "2015-04"),
    Head(
        "0807.3577.pdf",
        ("Apparent and average accelerations of the Universe",),
        ("Krzysztof Bolejko", "Lars Andersson"),
        "2008-10-03",
    ),
    Head(
        "1001._0908.0054.pdf",
        ("Ultra light bosonic dark matter and CMB",),
        ("Ivan Rodriguez Montoya", "Tonatiuh Matos Chassin"),
        "2009-08-01",
    ),
    Head(
        "MullenJSSv18i03.pdf",
        ("TIMP: An R Package for Modeling Multi-way Spectroscopic Measurements",),
        ("Katharine M. Mullen", "Ivo H. M. van Stokkum"),
        "2007-01",
    ),
    Head(
        "Wang-paperAVE2008.pdf",
        ("Information Synthesis for Answer Validation",),
        ("Rui Wang", "Günter Neumann"),
    ),
    Head(
        "ZFN-A-054-0304-0272.pdf",
        ("Exact Solitary-wave Solutions for the General Fifth-order Shallow Water-wave Models",),
        ("Woo-Pyo Hong", "Young-Dae Jung"),
        "1999",
    ),
    Head(
        "submission_161.pdf",
        ("Magneto-photoluminescence as a probe of phases in quantum Hall multi-layers",),
        ("Yu.A.Pusep", "L.Fernandes dos Santos", "D.Smirnov", "A.K.Bakarov", "A.I.Toropov"),
    ),
    Head(
        "submission_355.pdf",
        ("Interference of single photons from dissimilar single photon sources",),
        (
            "Andreas Muller", "Sergey V. Polyakov", "Alex Ling", "Natalia Borjemscala", "Edward B. Flagg",
            "Edward Van Keuren", "Alan Migdall", "Glenn S. Solomon",
        ),
    ),
    Head(
        "submission_363.pdf",
        ("Coherence properties of quantum dot resonance fluorescence",),
        ("Clemens Matthiesen", "Peter Humphreys", "Nick Vamivakas", "M. Atatüre"),
    ),
    Head(
        "test_Grobid_1_05452615.pdf",
        ("A New Requirement Prioritization Model for Market Driven Products Using Analytical Hierarchical Process",),
        ("Muhammad Atif Iqbal", "Athar Mohsin Zaidi", "Saeed Murtaza"),
        "2010",
    ),
    Head(
        "test_Grobid_2_05982691.pdf",
        ("Energy Efficient Routing Protocol for Zone Based Mobile Sensor Networks",),
        ("Usama Ahmed", "Faisal Bashir Hussain"),
    ),
    Head(
        "sample1/sample.pdf",
        ("Bi-criteria Algorithm for Scheduling Jobs on Cluster Platforms",),
        ("Pierre-François Dutot", "Lionel Eyraud", "Grégory Mounié", "Denis Trystram"),
        "2004-06",
    ),
    Head(
        "gadr.pdf",
        ("Generalized Markdown Architectural Decision Records: Capturing the Essence of Decisions",),
        ("Oliver Kopp", "Anita Armbruster"),
    ),
    Head(
        "GuidelinesTrainingData.pdf",
        ("Guidelines - Encoding of Header training data for Grobid",),
        ("Patrice Lopez",),
        "08-09-2013",
    ),
    Head("affiliation-guidelines.pdf", ("Encoding affiliation element",)),
    Head(
        "tracemonkey.pdf",
        ("Trace-based Just-in-Time Type Specialization for Dynamic Languages",),
        (
            "Andreas Gal", "Brendan Eich", "Mike Shaver", "David Anderson", "David Mandelin", "Mohammad R. Haghighat",
            "Blake Kaplan", "Graydon Hoare", "Boris Zbarsky", "Jason Orendorff", "Jesse Ruderman", "Edwin Smith",
            "Rick Reitmaier", "Michael Bebenita", "Mason Chang", "Michael Franz",
        ),
        "2009-06",
    ),
    Head(
        "TAMReview.pdf",
        ("Overview of the Technology Acceptance Model: Origins, Developments and Future Directions",),
        ("Mohammad Chuttur",),
        "2009",
    ),
    Head("canvas.pdf", ("HTML5 Canvas Cheat Sheet v1.1", "HTML5 Canvas Cheat Sheet")),
    Head("pdfjs_wikipedia.pdf", ("PDF.js",)),
    Head(
        "futoma2017improved.pdf",
        ("An Improved Multi-Output Gaussian Process RNN with Real-Time Validation for Early Sepsis Detection",),
        (
            "Joseph Futoma", "Sanjay Hariharan", "Katherine Heller", "Mark Sendak", "Nathan Brajer", "Meredith Clement",
            "Armando Bedoya", "Cara O'Brien",
        ),
        "2017-08-19",
    ),
    Head(
        "naacl06-shinyama.pdf",
        ("Preemptive Information Extraction using Unrestricted Relation Discovery",),
        ("Yusuke Shinyama", "Satoshi Sekine"),
    ),
    Head("multicolumn.pdf", ("Two-Column Document with Lorem Ipsum",), ("Your Name",), "2024-01-03"),
    Head("multi_page.pdf", ("The Evolution of the Word Processor",)),
    Head(
        "redp5110_sampled.pdf",
        ("Row and Column Access Control Support in IBM DB2 for i",),
        (
            "Jim Bainbridge", "Hernando Bedoya", "Rob Bestgen", "Mike Cain", "Dan Cruikshank", "Jim Denton", "Doug Mack",
            "Tom McKinley", "Kent Milligan",
        ),
    ),
    Head("bee4750-syllabus.pdf", ("BEE 4750/5750 (Environmental Systems Analysis) Syllabus",), (), "2024"),
    Head(
        "carpentrycon-2020-final-report.pdf",
        ("Substantive Final Report for Sloan Grant #G-2019-12439",),
        ("Kari L. Jordan", "SherAaron Hurt"),
        "2020-09-30",
    ),
    Head("cf-meeting-2020-plenary-notes.pdf", ("Plenary session notes",), (), "2020-06-09"),
    Head(
        "eyecite-joss.pdf",
        ("eyecite: A tool for parsing legal citations",),
        ("Jack Cushman", "Matthew Dahl", "Michael Lissner"),
    ),
    Head("fpki-audit-letter-2024.pdf", ("2024 Federal PKI Auditor Letter of Compliance",), (), "2024-08-14"),
    Head(
        "fpki-incident-management-plan.pdf",
        ("Federal Public Key Infrastructure (FPKI) Incident Management Plan",),
        ("Federal PKI Policy Authority",),
        "2020-09-04",
    ),
    Head("gcs-uploader-user-manual.pdf", ("GCS Desktop Uploader Tool",), ("Saurabh Gupta",), "2020-08-01"),
    Head(
        "neon-forecasting-tutorial.pdf",
        (
            "Can you predict the future? A tutorial for the National Ecological Observatory Network Ecological "
            "Forecasting Challenge",
        ),
        ("Freya Olsson", "Carl Boettiger", "Cayelan C. Carey", "Mary E. Lofton", "R. Quinn Thomas"),
        "2024-12-26",
    ),
    Head(
        "plainchant-modes-ismir2020.pdf",
        ("Mode classification and natural units in plainchant",),
        ("Bas Cornelissen", "Willem Zuidema", "John Ashley Burgoyne"),
        "2020",
    ),
    Head(
        "state-software-budgeting-handbook.pdf",
        (
            "De-risking custom technology projects",
            "De-risking custom technology projects A handbook for state grantee budgeting and oversight",
        ),
        ("Robin Carnahan", "Randy Hart", "Waldo Jaquith"),
        "2019-08-05",
    ),
    Head(
        "stylometry-llm.pdf",
        ("A Stylometric Application of Large Language Models",),
        ("Harrison F. Stropkay", "Jiayi Chen", "Mohammad J. Latifi", "Daniel N. Rockmore", "Jeremy R. Manning"),
        "2025-10-24",
    ),
    Head("walabot-reseller-agreement.pdf", ("Walabot-HOME Reseller Agreement",), (), "2019-07-31"),
)  # fmt: skip
