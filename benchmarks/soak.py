"""Labelers at work for hours: `python benchmarks/soak.py FOLDER [--people 5] [--minutes 120] [--seed 0]`.

Starts `app.py` with accounts and a workspace in FOLDER. Each person brings photos (the examples, each time a little
different), runs them, edits them in every way there is, inspects and exports them, with pauses as people make them.
FOLDER/memory.txt gets a line a minute: minutes, resident MB, MB at most since the last line, MB of mapped files among
the resident, processor seconds, acts, errors. FOLDER/errors.txt gets what went wrong. Ends with a summary. Loopback and
Linux only.
"""

from __future__ import annotations

import argparse
import io
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from attack_server import EXAMPLES, PASSWORD, Server
from PIL import Image

from charsam.datasets import writers
from charsam.workspace.workspace import Workspace

PAUSE = 15.0
"""Seconds between two acts of a person, on average."""
MOST_IMAGES = 12
"""Of a person at a time; then the oldest is deleted for good."""


class Labeler:
    """One person at work. done: counts of acts. errors: sentences."""

    def __init__(self, client: httpx.Client, chance: random.Random, done: Counter[str], errors: list[str]) -> None:
        self.client, self.chance, self.done, self.errors = client, chance, done, errors
        self.project = client.post("/label/projects", json={"name": f"work {chance.random()}"}).json()["id"]
        self.images: list[str] = []

    def act(self) -> None:
        """Do one thing."""
        acts: list[Callable[[], None]] = [self.bring, self.run, *[self.edit] * 8, self.inspect, self.export]
        act = self.chance.choice(acts) if self.images else self.bring
        try:
            act()
            self.done[act.__name__] += 1
        except Exception as error:
            self.errors.append(f"{act.__name__}: {type(error).__name__}: {str(error)[:300]}")

    def bring(self) -> None:
        """A photo, changed a little so that it is another one."""
        with Image.open(self.chance.choice(EXAMPLES)) as example:
            width, height = example.size
            cut = tuple(self.chance.randrange(12) for _ in range(4))
            photo = example.crop((cut[0], cut[1], width - cut[2], height - cut[3]))
        if self.chance.random() < 0.2:
            photo = photo.resize((3 * photo.width, 3 * photo.height))
        out = io.BytesIO()
        photo.save(out, "JPEG", quality=92)
        files = [("files", ("photo.jpg", out.getvalue()))]
        found = self._fine(self.client.post(f"/label/projects/{self.project}/images", files=files)).json()
        self.images.append(found["images"][0]["id"])
        if len(self.images) > MOST_IMAGES:
            old = self.images.pop(0)
            self._fine(self.client.post(f"/label/documents/{old}/delete", json={}))
            self._fine(self.client.post(f"/label/documents/{old}/purge", json={}))
        self.run()

    def run(self) -> None:
        """Run the newest or another image to its end; now and then leave in the middle."""
        image = self.images[-1] if self.chance.random() < 0.7 else self.chance.choice(self.images)
        begun = self._fine(self.client.post(f"/label/documents/{image}/runs", json={"do": "run"})).json()
        if self.chance.random() < 0.1:
            time.sleep(self.chance.random() * 3)
            self._fine(self.client.post(f"/label/runs/{begun['run']}/cancel", json={}))
            return
        with self.client.stream("GET", f"/label/runs/{begun['run']}/events") as stream:
            last = [line for line in stream.iter_lines() if line.startswith("data:")][-1]
        if '"kind":"done"' not in last:
            raise RuntimeError(f"a run ended with {last[:200]}")

    def edit(self) -> None:
        """One edit of any kind, on the newest state."""
        image = self.chance.choice(self.images)
        opened = self._fine(self.client.get(f"/label/documents/{image}")).json()
        kind = self.chance.random()
        if kind < 0.1:
            self._fine(self.client.post(f"/label/documents/{image}/note", json={"note": f"note {kind}"}))
        elif kind < 0.2:
            state = self.chance.choice(["corrected", "accepted", "rejected"])
            self._fine(self.client.post(f"/label/documents/{image}/state", json={"state": state}), 200, 409)
        elif kind < 0.35 and opened["seq"]:
            step = {"base": opened["seq"]}
            self._fine(self.client.post(f"/label/documents/{image}/undo", json=step), 200, 400)
        else:
            body = {"base": opened["seq"], "command": self._command(opened["document"])}
            answer = self._fine(self.client.post(f"/label/documents/{image}/edits", json=body), 200, 400)
            self.done[f"{body['command']['do']} {answer.status_code}"] += 1

    def _command(self, document: dict[str, Any]) -> dict[str, Any]:
        words = [word for word in document["words"] if word["characters"]]
        x, y = self.chance.uniform(0, document["width"] - 90), self.chance.uniform(0, document["height"] - 40)
        box = [[x, y], [x + 80, y], [x + 80, y + 30], [x, y + 30]]
        if not words:
            return {"do": "add_word", "polygon": box, "text": "AB"}
        word = self.chance.choice(words)
        characters = word["characters"]
        one = self.chance.choice(characters)
        named, middle = {"character": one["id"]}, np.mean(one["quad"], axis=0).tolist()
        moved = (np.array(one["quad"]) + self.chance.uniform(-2, 2)).tolist()
        side = [one["quad"][0][0] - 1, middle[1]], [one["quad"][2][0] + 1, middle[1]]
        commands: list[dict[str, Any]] = [
            {"do": "add_point", **named, "point": middle, "label": self.chance.randrange(2)},
            {"do": "move_point", **named, "label": 1, "index": 0, "point": middle},
            {"do": "remove_point", **named, "label": 1, "index": 0},
            {"do": "set_quad", **named, "quad": moved},
            {"do": "set_category", **named, "category": self.chance.choice("ABCdefg123")},
            {"do": "paint", **named, "stroke": [middle, moved[0]], "radius": 3.0, "erase": self.chance.random() < 0.5},
            {"do": "repaint", **named},
            {"do": "split_character", **named, "line": [list(end) for end in side]},
            {"do": "delete_character", **named},
            {"do": "add_character", "word": word["id"], "quad": moved, "category": "x"},
            {"do": "set_text", "word": word["id"], "text": word["text"] or "AB"},
            {"do": "set_polygon", "word": word["id"], "polygon": word["polygon"]},
            {"do": "set_ignore", "word": word["id"], "ignore": self.chance.random() < 0.2},
            {"do": "add_word", "polygon": box, "text": "AB"},
            {"do": "delete_word", "word": word["id"]},
            {"do": "review", "all": True, "as": self.chance.choice(["accepted", "rejected", ""])},
        ]
        if len(characters) > 1:
            two = self.chance.randrange(len(characters) - 1)
            pair = [characters[two]["id"], characters[two + 1]["id"]]
            commands.append({"do": "merge_characters", "characters": pair})
        return self.chance.choice(commands)

    def inspect(self) -> None:
        """Look at what a run found, and at one character's story."""
        image = self.chance.choice(self.images)
        words = self._fine(self.client.get(f"/label/documents/{image}")).json()["document"]["words"]
        places = [(i, j) for i, word in enumerate(words) if not word["ignore"] for j in range(len(word["characters"]))]
        looks = ["documents/{0}/thumbnail", "documents/{0}/history", "inspect/images/{0}/sheet"]
        looks += ["documents/{0}/heat", "documents/{0}/stages/boxes"]
        self._fine(self.client.get("/label/" + self.chance.choice(looks).format(image)), 200, 400, 404)
        if places:
            word, index = self.chance.choice(places)
            self._fine(self.client.get(f"/label/inspect/images/{image}/characters/{word}/{index}"), 200, 400, 404)

    def export(self) -> None:
        """The project in any format."""
        body = {"format": self.chance.choice([*writers.FORMATS, "backup"]), "with_images": self.chance.random() < 0.3}
        self._fine(self.client.post(f"/label/projects/{self.project}/export", json=body), 200, 400)

    def _fine(self, answer: httpx.Response, *expected: int) -> httpx.Response:
        if answer.status_code not in (expected or (200,)):
            raise RuntimeError(f"{answer.request.url.path}: {answer.status_code} {answer.text[:200]}")
        return answer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    place = args.folder.resolve() / "tmp"
    place.mkdir(parents=True)
    workspace = Workspace.open(args.folder / "workspace")
    names = [f"labeler{number}" for number in range(args.people)]
    for name in names:
        workspace.accounts.create(name, PASSWORD)
    workspace.close()
    more = {"CHARSAM_DEMO": "", "CHARSAM_LOGIN": "1", "CHARSAM_WORKSPACE": str(args.folder.resolve() / "workspace")}
    server = Server(place, more)
    done: Counter[str] = Counter()
    errors: list[str] = []
    over = time.monotonic() + 60 * args.minutes

    def person(number: int) -> None:
        chance = random.Random(f"{args.seed} {number}")
        with closing(server.visitor(names[number])) as client:
            client.timeout = httpx.Timeout(900)
            labeler = Labeler(client, chance, done, errors)
            while time.monotonic() < over:
                labeler.act()
                time.sleep(min(60.0, chance.expovariate(1 / PAUSE)))

    crowd = [threading.Thread(target=person, args=(number,), daemon=True) for number in range(args.people)]
    for thread in crowd:
        thread.start()
    sizes = watched(server, args.folder, over, done, errors)
    for thread in crowd:
        thread.join(900)
    server.end(signal.SIGTERM)
    log = server.log.read_text()
    if "Traceback" in log:
        errors.append(f"a traceback in {server.log}")
    late = np.array(sizes[len(sizes) // 4 :])
    growth = np.polyfit(late[:, 0] / 60, late[:, 1], 1)[0] if len(late) > 2 else 0.0
    print(f"{len(sizes)} minutes; settled {np.median(late[:, 1]):.0f} MB, at most {max(p for _, _, p, _ in sizes)} MB")
    print(f"of these {max(f for _, _, _, f in sizes)} MB at most were mapped files")
    print(f"growth after the first quarter {growth:+.0f} MB an hour; errors {len(errors)}; acts {dict(done)}")
    return 1 if errors else 0


def watched(
    server: Server, folder: Path, over: float, done: Counter[str], errors: list[str]
) -> list[tuple[float, int, int, int]]:
    """(minutes, MB, MB at most since the one before, MB of mapped files), one a minute until `over`."""
    sizes, begun = [], time.monotonic()
    with (folder / "memory.txt").open("w", buffering=1) as memory:
        while time.monotonic() < over and server.process.poll() is None:
            time.sleep(60)
            minutes, size, peak = (time.monotonic() - begun) / 60, server.memory(), server.peak()
            mapped = server.mapped()
            Path(f"/proc/{server.process.pid}/clear_refs").write_text("5", encoding="ascii")
            sizes.append((minutes, size, peak, mapped))
            acts = sum(done[name] for name in ("bring", "run", "edit", "inspect", "export"))
            print(f"{minutes:.1f} {size} {peak} {mapped} {server.seconds():.0f} {acts} {len(errors)}", file=memory)
            (folder / "errors.txt").write_text("\n".join(errors), encoding="utf-8")
    if server.process.poll() is not None:
        errors.append(f"the server ended: {server.log.read_text()[-500:]}")
    return sizes


if __name__ == "__main__":
    sys.exit(main())
