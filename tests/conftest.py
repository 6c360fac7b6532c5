"""What the tests share: real weights, a real index of the bundled article, and an environment of their own."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as trial_settings
from visiting import Served, Visitor, launch, serve, visits

from rag.cite.judging import SupportEstimator, build_support_estimator
from rag.reader.span_reader import SpanReader
from rag.settings import Settings, read_settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ARTICLES = Path(__file__).parents[1] / "data" / "articles"
QUESTIONS = Path(__file__).parents[1] / "data" / "questions" / "hanoi-summit.jsonl"

# A busy machine is no fault: how long an example takes says nothing.
trial_settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
trial_settings.load_profile("untimed")


if "PYTEST_XDIST_WORKER_COUNT" in os.environ:  # before PyTorch is imported: workers share the processors
    share = max(1, (os.cpu_count() or 1) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"]))
    os.environ.setdefault("OMP_NUM_THREADS", str(share))


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # run in the background, and what is started would ignore it too
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No setting of the person who runs the tests is seen, and nothing of theirs is touched."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("FOOTNOTE_") and name not in (
                "FOOTNOTE_DATASETS",
                "FOOTNOTE_ARTICLES",
                "FOOTNOTE_MODEL_FILE",
                "FOOTNOTE_REQUIRE_BROWSER",
            ):
                patch.delenv(name)
        for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
            patch.delenv(name, raising=False)
        patch.setenv("FOOTNOTE_MODELS", str(tmp_path_factory.mktemp("models")))
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data-home")))
        yield


@pytest.fixture(scope="session")
def embeddings() -> Any:
    """The default embedding model, loaded once."""
    from rag.index.embeddings import build_embeddings

    return build_embeddings(read_settings())


@pytest.fixture(scope="session")
def spans() -> SpanReader:
    """The shipped span model, loaded once; it remembers what it read, as in the product."""
    return SpanReader()


@pytest.fixture(scope="session")
def support(spans: SpanReader) -> SupportEstimator:
    """The shipped estimate of whether what a sentence cites supports it."""
    return build_support_estimator(spans.judge)


@pytest.fixture(scope="session")
def article_index(embeddings: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of an index of the bundled article; tests only read it."""
    from ingest.pipeline import ingest_paths

    directory = tmp_path_factory.mktemp("article-index")
    ingest_paths([ARTICLES], directory=directory, embeddings=embeddings)
    return directory


@pytest.fixture
def index_copy(article_index: Path, tmp_path: Path) -> Path:
    """A copy of that index to change."""
    shutil.copytree(article_index, tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture
def settings(article_index: Path) -> Settings:
    """Settings that name the index of the bundled article."""
    return read_settings(index=article_index)


@pytest.fixture(scope="session")
def chain(article_index: Path, embeddings: Any) -> Any:
    """The embedded answerer over the bundled article."""
    from rag.chain import build_chain
    from rag.index.passage_index import PassageIndex

    return build_chain(PassageIndex(article_index, embeddings), settings=read_settings())


@pytest.fixture(scope="module")
def served(article_index: Path, embeddings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page of the bundled article on a port of its own, its chain scripted for a few questions."""
    with serve(article_index, embeddings, tmp_path_factory.mktemp("served") / "index") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; the test is skipped where there is none, unless one is required."""
    with launch() as launched:
        yield launched


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Callable[..., Visitor]]:
    """Opens the page in a browser of its own; none of them may call elsewhere or complain."""
    with visits(browser, served) as open_page:
        yield open_page
