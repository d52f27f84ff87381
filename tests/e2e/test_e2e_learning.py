"""A project learns from what was corrected in it: learned, proved, used, and given up again, in the browser."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from visits import PATIENCE, Server, Visit

from charsam.cgr.masks import trimmed
from charsam.editing.changes import difference
from charsam.editing.conversion import from_words
from charsam.editing.document import Document, DocumentWord, StoredMask
from charsam.learning.seen import with_masks
from charsam.scenes import make_scene
from charsam.types import BoxSource, CharacterMask
from charsam.workspace.workspace import Workspace

pytestmark = pytest.mark.slow  # it learns: minutes where other tests have the processors
CORRECTED, OPEN = 4, 2
WIDER = 2.0


def wider(mask: CharacterMask) -> CharacterMask:
    pad = 4
    ground = np.pad(~mask.pixels, pad, constant_values=True).astype(np.uint8)
    return trimmed(cv2.distanceTransform(ground, cv2.DIST_L2, 5) <= WIDER, mask.x - pad, mask.y - pad)


def fill(folder: Path) -> None:
    """A workspace whose one project has images with masks that somebody drew wider, and others."""
    workspace = Workspace.open(folder)
    you = workspace.accounts.guest("you")
    project = workspace.projects.create("Wide signs", you)
    for number in range(CORRECTED + OPEN):
        scene = make_scene(20 + number, size=(400, 300), kind="plain")
        picture = io.BytesIO()
        Image.fromarray(scene.image).save(picture, "PNG")
        row = workspace.images.add(project.id, f"sign {number}.png", picture.getvalue(), you)
        masks = iter([mask for found in with_masks(scene.words, scene.character_mask) for mask in found])
        document = from_words(scene.words, (400, 300))
        words = tuple(_drawn(word, masks, by_hand=number < CORRECTED) for word in document.words)
        change = difference(Document(400, 300), replace(document, words=words))
        kind = "brush" if number < CORRECTED else "annotate"
        workspace.history.append(row.id, 0, kind, "Masks", change, you)
    workspace.close()


def _drawn(word: DocumentWord, masks: Iterator[CharacterMask | None], *, by_hand: bool) -> DocumentWord:
    characters = []
    for one in word.characters:
        mask = next(masks)
        stored = StoredMask() if mask is None else StoredMask.of(wider(mask) if by_hand else mask)
        source = BoxSource.GIVEN if by_hand else BoxSource.CRAFT
        characters.append(replace(one, mask=stored, box_source=source, brushed=stored if by_hand and mask else None))
    text = "".join(one.category for one in characters)
    return replace(word, text=text, characters=tuple(characters))


@pytest.fixture
def learning(tmp_path: Path) -> Iterator[Server]:
    fill(tmp_path / "workspace")
    server = Server(tmp_path, CHARSAM_WORKSPACE=str(tmp_path / "workspace"), CHARSAM_LEARN_SECONDS="8")
    try:
        server.start()
        yield server
    finally:
        server.stop()


def test_a_project_learns_and_goes_back(learning: Server, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    visit = Visit(context, learning.address)
    page = visit.page
    page.locator(".cs-queue-button").first.click()
    page.get_by_label("Project", exact=True).select_option(label="Wide signs")
    page.locator(".cs-queue-row", has_text="sign 5.png").click()
    page.wait_for_function("charsam.openImage.name === 'sign 5.png'")
    page.get_by_role("button", name="Learn…").click()
    dialog = page.locator("dialog.cs-ask-team")

    dialog.get_by_role("button", name="Learn from corrections").click()
    expect(dialog.locator("progress")).to_be_visible()
    use = dialog.get_by_role("button", name="Use it")
    use.wait_for(timeout=2 * PATIENCE)
    before, after = (
        float(dialog.locator(".cs-learned tbody tr").first.locator("td").nth(place).inner_text()) for place in (0, 1)
    )
    assert after > before

    segmenter = page.get_by_label("Segmenter", exact=True)
    expect(segmenter).to_have_value("compact")  # never by itself
    use.click()
    expect(segmenter).to_have_value("learned")
    dialog.get_by_role("button", name=f"Annotate {OPEN} images again").click()
    expect(dialog.locator(".cs-learn-said")).to_contain_text("annotated again")
    page.wait_for_function(
        """async () => {
            const { projects } = await (await fetch('label/projects')).json();
            const { id } = projects.find(({ name }) => name === 'Wide signs');
            const job = await (await fetch(`label/projects/${id}/progress`)).json();
            return !job.running && job.done === 2;
        }"""
    )
    dialog.get_by_role("button", name="Go back to compact").click()
    expect(segmenter).to_have_value("compact")
    assert not visit.errors
    context.close()
