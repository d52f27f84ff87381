"""docs/why_masks_fail.md says what the program says."""

from why_pictures import PAGE, page

from charsam.inspection.failures import EXPLANATIONS, FailureKind, slug
from charsam.paths import ASSETS_DIR


def test_the_page_in_the_documentation_is_the_one_that_the_tool_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(set(FailureKind))


def test_every_kind_has_its_picture() -> None:
    for kind in EXPLANATIONS:
        assert (ASSETS_DIR / "why" / f"{slug(kind)}.webp").stat().st_size > 5000
