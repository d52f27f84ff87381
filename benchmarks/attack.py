"""What charsam promises, attacked: `python benchmarks/attack.py [--seed 0] [--scale 1.0] [--people 20] [--minutes 5]
[--database URL]`.

Bounded, on this machine alone. Prints a table: promise, tries, result; the exit status is 1 where a promise was broken.
`--scale` multiplies all numbers of tries; `--only NAME` runs some of the attacks. `--database` names a PostgreSQL
database (postgresql+psycopg://…) in which zips, backups, kills and people (who then log in) keep their workspaces,
instead of SQLite files.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable

import attack_files
import attack_server

Attack = Callable[[random.Random, int], list[str]]

FILES: dict[str, tuple[str, int, Attack]] = {
    "images": ("a hostile picture is a sentence, in little memory", 1000, attack_files.hostile_images),
    "words": ("a hostile words.json is a sentence", 1000, attack_files.hostile_words),
    "zips": ("a hostile zip leaves nothing behind, and nothing outside", 500, attack_files.hostile_zips),
    "backups": ("what was written is restored, also if the clock went back", 60, attack_files.backups),
    "weights": ("a changed bit in the weights is found", 100, attack_files.flipped_weights),
    "kills": ("what was acknowledged survives kill -9", 100, attack_files.kills),
    "full": ("a full disk loses nothing, and the work goes on after it", 20, attack_files.full_disk),
}
SERVER: dict[str, tuple[str, int, Callable[[random.Random, int], list[str]]]] = {
    "requests": ("no request, however odd, is answered with 500", 1000, attack_server.odd_requests),
    "same": ("who opens the same photo as others gets it", 100, attack_server.same_photo),
    "stops": ("a demo that is stopped or killed leaves no photo", 3, attack_server.stops),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--only", nargs="*", choices=[*FILES, *SERVER, "people"])
    parser.add_argument("--database", default=None)
    args = parser.parse_args()
    if args.database:
        attack_files.DATABASE.append(args.database)
    people = (
        f"{args.people} people at once for {args.minutes:g} minutes: no error, nobody sees another's",
        args.people,
        lambda chance, count: attack_server.people(chance, count, 60 * args.minutes),
    )
    broken = 0
    print("| promise | tries | result | seconds |\n|---|---|---|---|")
    for name, (promise, tries, attack) in {**FILES, **SERVER, "people": people}.items():
        if args.only and name not in args.only:
            continue
        count = tries if name == "people" else max(1, round(tries * args.scale))
        begun = time.perf_counter()
        failures = attack(random.Random(f"{args.seed} {name}"), count)
        broken += bool(failures)
        result = "held" if not failures else f"broken {len(failures)} times, first: {failures[0][:200]}"
        print(f"| {promise} | {count} | {result} | {time.perf_counter() - begun:.0f} |", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
