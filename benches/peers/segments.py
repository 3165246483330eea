#!/usr/bin/env python3
"""Compares our segments with those of OmegaT's own segmenter, both under OmegaT's default SRX rules.

usage: segments.py SHARED_DATA LOCALE [TEXTS] [LEAST]
Run by `segments`, which sets OMEGAT_SEGMENTS (the command of OmegatSegments), OMEGAT_SRX (its rules) and DHAKIRA.
Takes TEXTS (default 2000) texts of SHARED_DATA, evenly spread: texts of sbd/*.jsonl, in which newlines become spaces,
and Arabic sides of pairs/*.tsv with 60 or more characters. Prints how many texts are cut at the same places, and the
share of the boundaries on which both agree. Exits with 1 if this share is below LEAST percent (default 99.9).
"""
import glob, json, os, shlex, subprocess, sys

data, locale = sys.argv[1:3]
wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
least = float(sys.argv[4]) if len(sys.argv) > 4 else 99.9

flat = lambda text: " ".join(text.split("\n")).replace("\r", " ").replace("\t", " ").strip()
documents = []
for name in sorted(glob.glob(f"{data}/sbd/*.jsonl")):
    documents += [flat(json.loads(line)["text"]) for line in open(name, encoding="utf-8")]
rows = []
for name in sorted(glob.glob(f"{data}/pairs/*.tsv")):
    rows += [s for s in (flat(line.split("\t")[0]) for line in open(name, encoding="utf-8")) if len(s) >= 60]
spread = lambda texts, n: [texts[i * len(texts) // n] for i in range(min(n, len(texts)))] if texts else []
texts = spread(documents, wanted // 2)
texts += spread(rows, wanted - len(texts))
given = "".join(t + "\n" for t in texts).encode()

ran = lambda command: subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True).stdout.decode()
theirs = [
    [int(pair.split("-")[0]) for pair in line.split()][1:]
    for line in ran(shlex.split(os.environ["OMEGAT_SEGMENTS"]) + [locale]).split("\n")[:-1]
]
ours = [
    [segment["start"] for segment in json.loads(line)["segments"]][1:]
    for line in ran([os.environ["DHAKIRA"], "segment", "--srx", os.environ["OMEGAT_SRX"], "--locale", locale,
                     "--lines", "--json", "-"]).split("\n")[:-1]
]
assert len(ours) == len(theirs) == len(texts), (len(ours), len(theirs), len(texts))
both = sum(len(set(o) & set(t)) for o, t in zip(ours, theirs))
either = sum(len(set(o) | set(t)) for o, t in zip(ours, theirs))
alike = sum(o == t for o, t in zip(ours, theirs))
assert either, f"no boundaries in the texts of {data}"
agreement = 100 * both / either
print(f"{locale}: {len(texts)} texts, {alike} cut at the same places ({100 * alike / len(texts):.2f}%)")
print(f"boundaries: ours {sum(map(len, ours))}, OmegaT's {sum(map(len, theirs))}, both {both}: {agreement:.2f}%")
differing = [(t, o, th) for t, o, th in zip(texts, ours, theirs) if o != th]
for text, o, t in differing[:10]:
    for at in sorted(set(o) ^ set(t))[:2]:
        who = "only ours" if at in o else "only OmegaT's"
        print(f"{who} at {at}: {text[max(0, at - 25):at]!r} | {text[at:at + 25]!r}")
sys.exit(agreement < least)
