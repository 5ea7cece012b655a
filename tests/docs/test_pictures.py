"""The pictures in the documents show the texts as they are."""

from tests.browser.shown import DOCS, TEXTS, digests, pictures


def test_each_picture_was_taken_of_the_text_as_it_is() -> None:
    """If not, run `make pictures`, look at them, and commit them."""
    kept = TEXTS.read_text(encoding="utf-8")
    assert kept == digests(pictures())
    assert sorted(kept.split()[1::2]) == sorted(it.name for it in DOCS.glob("*.png"))
