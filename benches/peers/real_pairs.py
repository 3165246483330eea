#!/usr/bin/env python3
"""Prints pairs of similar Arabic segments of real catalogues whose English is opposite or identical.

usage: benches/peers/real_pairs.py PAIRS.tsv... [--queries N] [--seed N]

The files have lines `source TAB target`. Each of N random sources is compared with all others; those with a
character similarity of 85 % and above are pairs. The English sides decide what a pair is: `changed` if they differ in
one place, by two words of src/text/english/opposites.txt or by a negative prefix; `same` if they are identical apart
from case and punctuation. Other pairs are left out. The lines are `case TAB asked TAB stored TAB meaning`, as in
pairs.tsv. Needs rapidfuzz.
"""
import argparse, difflib, random, re
from pathlib import Path

from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import extract

ROOT = Path(__file__).resolve().parents[2]
PREFIXES = ("un", "dis", "in", "im", "il", "ir", "non", "de")
MARKS = re.compile("[\u064b-\u0652\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069&_~]")
MOST_PAIRS_OF_ONE = 6


def opposites():
    """Returns the pairs of English opposites, in both directions."""
    found = set()
    for line in (ROOT / "src/text/english/opposites.txt").read_text(encoding="utf-8").splitlines():
        if "|" in line and not line.startswith("#"):
            first, second = (side.split() for side in line.split("|"))
            found |= {(a, b) for a in first for b in second} | {(b, a) for a in first for b in second}
    return found


OPPOSITES = opposites()


def bases(word):
    """Returns a word and what is left of it without a regular ending."""
    found = {word}
    for ending, instead in (("s", ""), ("es", ""), ("ed", ""), ("d", ""), ("ing", ""), ("ing", "e"), ("ly", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            found.add(word[: -len(ending)] + instead)
    return found


def are_opposite(a, b):
    if any((x, y) in OPPOSITES for x in bases(a) for y in bases(b)):
        return True
    short, long = sorted((a, b), key=len)
    return len(short) >= 4 and any(long == prefix + short for prefix in PREFIXES)


def meaning(a, b):
    """Returns what two English texts are to each other: `same`, `changed`, or None for all else."""
    a, b = (re.findall(r"[a-z0-9']+", text.replace("&", "").replace("_", "").lower()) for text in (a, b))
    if a == b:
        return "same"
    edits = [e for e in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes() if e[0] != "equal"]
    if len(edits) != 1 or edits[0][2] - edits[0][1] != 1 or edits[0][4] - edits[0][3] != 1:
        return None
    return "changed" if are_opposite(a[edits[0][1]], b[edits[0][3]]) else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pairs", type=Path, nargs="+")
    parser.add_argument("--queries", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=31)
    options = parser.parse_args()
    rows = {}
    for path in options.pairs:
        for line in path.read_text(encoding="utf-8").split("\n"):
            cells = line.rstrip("\r").split("\t")
            if len(cells) >= 2 and 3 <= len(cells[0].split()) <= 60 and re.search("[\u0621-\u064a]", cells[0]):
                rows.setdefault(" ".join(MARKS.sub("", cells[0]).split()), (cells[0], cells[1]))
    keys = list(rows)
    random.Random(options.seed).shuffle(keys)
    near = set()
    for key in keys[: options.queries]:
        found = extract(
            key, keys, scorer=Levenshtein.normalized_similarity, score_cutoff=0.85, limit=MOST_PAIRS_OF_ONE)
        near |= {tuple(sorted((key, other))) for other, _, _ in found if other != key}
    for a, b in sorted(near):
        kind = meaning(rows[a][1], rows[b][1])
        if kind:
            print("real", rows[a][0], rows[b][0], kind, sep="\t")


if __name__ == "__main__":
    main()
