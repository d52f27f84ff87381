"""Send charsam to a Hugging Face Space: `python tools/deploy_space.py OWNER/NAME [--preview]`.

The Hub refuses plain git pushes of binary files, so this uploads a folder through its API. What is sent is what the app
needs, with a requirements.txt of its own: every version pinned as in requirements.lock, PyTorch in its CPU build unless
the Space has a GPU. Log in first with `hf auth login`, or set HF_TOKEN.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

from huggingface_hub import HfApi

ROOT: Final = Path(__file__).parent.parent
SENT: Final = ("app.py", "charsam", "assets", "fonts", "packages.txt", "README.md", "LICENSE", "NOTICE", "CITATION.cff")
"""The app and what it loads; neither tests nor tools, benchmarks and documentation."""
LEFT_OUT: Final = ("__pycache__", "*.pyc", ".*", "why", "stages.webp", "screenshot.png", "compact_failures.png")
KINDS: Final = {"cpu": "3.11", "gpu": "3.11", "zerogpu": "3.12"}
"""The hardware a Space can have, and the Python it gets: ZeroGPU takes 3.10 and 3.12."""
CPU_INDEX: Final = "https://download.pytorch.org/whl/cpu"
CUDA_PACKAGES: Final = re.compile(r"^(nvidia-|cuda-|triton)")


def requirements(locked: str, kind: str) -> str:
    """The text of the Space's requirements.txt. locked: that of requirements.lock. kind: one of KINDS.

    On ZeroGPU the version of PyTorch is the Space's own choice.
    """
    lines = [f"--extra-index-url {CPU_INDEX}"] if kind == "cpu" else []
    for line in locked.splitlines():
        package, _, _ = line.partition(" --hash")
        name, _, version = package.partition("==")
        if not version or (kind != "gpu" and CUDA_PACKAGES.match(name)):
            continue
        if name in ("torch", "torchvision"):
            package = {"cpu": f"{package}+cpu", "gpu": package, "zerogpu": name}[kind]
        lines.append(package)
    return "".join(f"{line}\n" for line in lines)


def staged(root: Path, folder: Path, kind: str) -> Path:
    """The folder, filled with what is sent: the same files for the same checkout."""
    for name in SENT:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns(*LEFT_OUT))
        elif source.is_file():
            shutil.copy2(source, folder / name)
    readme = folder / "README.md"
    text = re.sub(r"!\[[^]]*\]\(assets/[^)]*\)\n*", "", readme.read_text(encoding="utf-8"))
    text = re.sub(r"^python_version: .*$", f'python_version: "{KINDS[kind]}"', text, count=1, flags=re.MULTILINE)
    readme.write_text(text, encoding="utf-8")
    locked = (root / "requirements.lock").read_text(encoding="utf-8")
    (folder / "requirements.txt").write_text(requirements(locked, kind), encoding="utf-8")
    return folder


def preview(folder: Path) -> str:
    """What would be sent: the size of every top folder and file, and of all."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sizes: dict[str, tuple[int, int]] = {}
    for path in files:
        top = path.relative_to(folder).parts[0]
        count, size = sizes.get(top, (0, 0))
        sizes[top] = count + 1, size + path.stat().st_size
    lines = [f"{size / 1e6:8.2f} MB  {count:5} files  {name}" for name, (count, size) in sorted(sizes.items())]
    return "\n".join([*lines, f"{sum(size for _, size in sizes.values()) / 1e6:8.2f} MB  {len(files):5} files  in all"])


def deploy(api: HfApi, space: str, folder: Path, *, private: bool, variables: dict[str, str]) -> str:
    """Make the Space where there is none, upload the folder as one commit, and return the Space's address.

    Files that were sent before and are not in the folder are deleted there. variables: of the Space's environment.
    """
    api.create_repo(space, repo_type="space", space_sdk="gradio", private=private, exist_ok=True)
    for name, value in variables.items():
        api.add_space_variable(space, name, value)
    api.upload_folder(
        repo_id=space, repo_type="space", folder_path=folder, commit_message="charsam", delete_patterns=["*"]
    )
    return f"{api.endpoint}/spaces/{space}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("space", help="OWNER/NAME")
    parser.add_argument("--preview", action="store_true", help="only tell what would be sent")
    parser.add_argument("--kind", choices=KINDS, default="cpu", help="the Space's hardware")
    parser.add_argument("--private", action="store_true")
    parser.add_argument("--fetch", default="", help="checkpoints that the Space fetches when it starts, e.g. sam_vit_b")
    parser.add_argument("--segmenter", default="", help="that of visitors who choose none, e.g. sam_vit_b")
    parser.add_argument("--endpoint", help="of another Hub")
    args = parser.parse_args()
    given = {"CHARSAM_FETCH_WEIGHTS": args.fetch, "CHARSAM_SEGMENTER": args.segmenter}
    with tempfile.TemporaryDirectory() as temporary:
        folder = staged(ROOT, Path(temporary), args.kind)
        print(preview(folder))
        if args.preview:
            return
        api = HfApi(endpoint=args.endpoint)
        print(deploy(api, args.space, folder, private=args.private, variables={n: v for n, v in given.items() if v}))


if __name__ == "__main__":
    main()
