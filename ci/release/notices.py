"""The licences of what is linked in, and the list of it that programs read (CycloneDX, as PEP 770 places it)."""

from __future__ import annotations

import json
import uuid
from typing import Any

from ci.release.parts import Part

NAMESPACE = uuid.UUID("6f0b4b52-6c9b-5e1c-9d0e-3f4c0a2b7d11")
"""Of this project's bills of materials: the same parts give the same serial number."""

_INDEX = """What else is in this wheel
==========================

The extension module is linked with the software below. The texts that its licences ask to be passed on are in
the folder of its name beside this file.

"""


def licence_files(parts: list[Part]) -> dict[str, bytes]:
    """By place in the metadata folder: an index, and a folder for each part that is not the project's own."""
    lines = []
    found: dict[str, bytes] = {}
    for part in parts:
        if part.own:
            continue
        folder = f"licenses/third-party/{part.name}-{part.version}"
        found |= {f"{folder}/{name}": text for name, text in part.texts.items()}
        lines.append(f"{part.name} {part.version}\n    licence: {part.licence}\n    origin:  {part.purl}\n")
    found["licenses/third-party/INDEX.txt"] = (_INDEX + "\n".join(lines)).encode()
    return found


def bill(parts: list[Part], wheel: str) -> dict[str, bytes]:
    """Returns the bill of materials of the wheel of that name, without times and places of this machine."""
    root, others = parts[0], parts[1:]
    product = f"pkg:pypi/ferrocffi@{root.version}"
    content: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": product,
                "name": "ferrocffi",
                "version": root.version,
                "purl": product,
                "licenses": [{"expression": root.licence}],
            },
            "properties": [{"name": "ferrocffi:wheel", "value": wheel}],
        },
        "components": [_component(part) for part in others],
        "dependencies": [
            {"ref": product, "dependsOn": list(root.uses)},
            *({"ref": part.purl, "dependsOn": list(part.uses)} for part in others),
        ],
    }
    serial = uuid.uuid5(NAMESPACE, json.dumps(content, sort_keys=True))
    whole = {**content, "serialNumber": f"urn:uuid:{serial}"}
    return {"sboms/ferrocffi.cdx.json": (json.dumps(whole, indent=2) + "\n").encode()}


def _component(part: Part) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": part.purl,
        "name": part.name,
        "version": part.version,
        "purl": part.purl,
        "scope": "required",
        "licenses": [{"expression": part.licence.replace("/", " OR ")}],
    }
    if part.checksum:
        found["hashes"] = [{"alg": "SHA-256", "content": part.checksum}]
    return found
