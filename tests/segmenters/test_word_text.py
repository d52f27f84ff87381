"""What a segmenter tells of the text of a whole word: of its strip's size, and mostly where the text is."""

import pytest

from charsam.pipeline import CharSAM
from charsam.sampling import sample_strip
from charsam.scenes import make_scene
from charsam.trace import Settings, Stage, Trace
from charsam.types import Word

SCENE = make_scene(1, size=(400, 300), kind="holes")


@pytest.fixture(scope="module", params=["colour", "compact"])
def encoded(request, pipeline: CharSAM) -> Trace:
    words = [Word(word.polygon, word.text) for word in SCENE.words]
    return pipeline.run(SCENE.image, words, Settings(request.param), until=Stage.ENCODE)


def test_the_text_lies_where_the_letters_are(encoded: Trace) -> None:
    for index, frame in enumerate(encoded.frames):
        logits, scale = encoded.embedding.word_text(index)
        truth = sample_strip(SCENE.text_mask()[..., None], frame, scale)[..., 0] > 127

        assert logits.shape == truth.shape
        assert ((logits > 0) & truth).sum() / ((logits > 0) | truth).sum() > 0.7
