#!/usr/bin/env python3
"""Measures how well `usefulness` and `similarity` predict what a translator can keep of a match.

usage: benches/usefulness/measure.py PAIRS.tsv... [--dhakira PATH] [--held N] [--threshold T] [--seed N]

Each file has lines `source TAB target`. Some rows are held out and the others are stored in a memory of their own. The
held-out sources are looked up, and each match is compared with the translation that was held out by chrF, the F-score
of character n-grams with n from 1 to 6 and recall counted twice (Popović 2015). The figure is Spearman's rank
correlation of `similarity`, or of `usefulness`, with chrF over all matches. The last two columns are the mean chrF of
the first match by score, and of the first by usefulness, of the rows that have several matches.
"""
import argparse, json, random, re, shutil, subprocess, sys, tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 6
ARABIC = re.compile("[\u0621-\u064a]")


def rows_of(path):
    """Returns the pairs of a file with distinct sources."""
    rows = {}
    for line in path.read_text(encoding="utf-8").split("\n"):
        cells = line.rstrip("\r").split("\t")
        if len(cells) >= 2 and ARABIC.search(cells[0]) and cells[1].strip() and len(cells[0]) <= 2000:
            rows.setdefault(cells[0], cells[1])
    return list(rows.items())


def ngrams(text, n):
    return Counter(text[at : at + n] for at in range(len(text) - n + 1))


def chrf(found, expected):
    """Returns the chrF of a text, 0 to 1. White space does not count."""
    found, expected = "".join(found.split()), "".join(expected.split())
    precisions, recalls = [], []
    for n in range(1, LONGEST + 1):
        of_found, of_expected = ngrams(found, n), ngrams(expected, n)
        if of_found and of_expected:
            common = (of_found & of_expected).total()
            precisions.append(common / of_found.total())
            recalls.append(common / of_expected.total())
    if not precisions or not sum(precisions):
        return 0.0
    precision, recall = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    return 5 * precision * recall / (4 * precision + recall)


def ranks(values):
    """Returns the rank of each value; equal ones have the mean of their ranks."""
    order = sorted(range(len(values)), key=values.__getitem__)
    found = [0.0] * len(values)
    at = 0
    while at < len(order):
        end = at
        while end < len(order) and values[order[end]] == values[order[at]]:
            end += 1
        for place in order[at:end]:
            found[place] = (at + end - 1) / 2
        at = end
    return found


def spearman(a, b):
    """Returns the rank correlation of two lists, or NaN if one of them does not vary."""
    a, b = ranks(a), ranks(b)
    mean = (len(a) - 1) / 2
    covariance = sum((x - mean) * (y - mean) for x, y in zip(a, b))
    spread = sum((x - mean) ** 2 for x in a) * sum((y - mean) ** 2 for y in b)
    return covariance / spread**0.5 if spread else float("nan")


def matches_of(dhakira, memory, held, threshold):
    """Returns the matches of each held-out source, best first, from a server of its own."""
    folder = tempfile.mkdtemp()
    server = subprocess.Popen(
        [dhakira, "serve", "--listen", "127.0.0.1:0", "--data", f"{folder}/data", "--log", "error"],
        stdout=subprocess.PIPE, text=True,
    )
    try:
        line = server.stdout.readline()
        address = re.search(r"127\.0\.0\.1:\d+", line)
        if not address:
            sys.exit(f"the server did not say where it listens: {line!r}")
        to = ["--server", f"http://{address[0]}"]
        units = Path(folder, "units.jsonl")
        with units.open("w", encoding="utf-8") as file:
            for source, target in memory:
                unit = {"source": {"locale": "ar", "text": source}, "target": {"locale": "en", "text": target}}
                file.write(json.dumps(unit, ensure_ascii=False) + "\n")
        stored = subprocess.run(
            [dhakira, "import", *to, "--create", "--memory", "m", str(units)], capture_output=True, text=True)
        if stored.returncode:
            sys.exit(f"the import failed: {stored.stderr}")
        command = [dhakira, "lookup", "-", *to, "--json", "--raw", "--memory", "m", "--threshold", str(threshold),
                   "--limit", "20"]
        text = "".join(f"{source}\n" for source, _ in held)
        answers = subprocess.run(command, input=text, capture_output=True, text=True)
        lines = answers.stdout.splitlines()
        if len(lines) != len(held):
            sys.exit(f"{len(lines)} answers for {len(held)} rows: {answers.stderr}")
        return [json.loads(line).get("matches", []) for line in lines]
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


def measure(path, options):
    rows = rows_of(path)
    random.Random(options.seed).shuffle(rows)
    held, memory = rows[: options.held], rows[options.held :]
    figures, firsts = [], []
    for (_, expected), matches in zip(held, matches_of(options.dhakira, memory, held, options.threshold)):
        worth = [chrf(found["target"], expected) for found in matches]
        figures += [(m["similarity"], m["usefulness"], w) for m, w in zip(matches, worth)]
        if len(matches) > 1:
            by_score = max(range(len(matches)), key=lambda n: matches[n]["score"])
            by_use = max(range(len(matches)), key=lambda n: (matches[n]["usefulness"], matches[n]["score"]))
            firsts.append((worth[by_score], worth[by_use]))
    similarity, usefulness, worth = zip(*figures)
    characters, useful = spearman(similarity, worth), spearman(usefulness, worth)
    mean = lambda place: 100 * sum(first[place] for first in firsts) / max(1, len(firsts))
    cells = [path.stem, f"{len(memory):,}", f"{len(figures):,}", f"{characters:.3f}", f"{useful:.3f}",
             f"{useful - characters:+.3f}", f"{mean(0):.1f}", f"{mean(1):.1f}"]
    print("| " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pairs", type=Path, nargs="+")
    parser.add_argument("--dhakira", default=str(ROOT / "target/release/dhakira"))
    parser.add_argument("--held", type=int, default=1500)
    parser.add_argument("--threshold", type=float, default=60)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    print("| rows | stored | matches | similarity | usefulness | gain | first by score | by usefulness |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for path in options.pairs:
        measure(path, options)


if __name__ == "__main__":
    main()
