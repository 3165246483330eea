#!/usr/bin/env python3
"""Prints a Markdown table of the scores of the pairs in pairs.tsv by Dhakira, OmegaT and pg_trgm.

usage: benches/peers/run [FILE]     (which starts the tools, then this script)

Environment variables set the tools; commands run in the project's folder:
  DHAKIRA_SCORE   our scorer, which reads lines `asked TAB stored` and prints a JSON object for each
                  (default: target/release/dhakira score --json -)
  OMEGAT_SCORE    the command that runs OmegatScore.java, which prints three whole percentages for each line
  OMEGAT_VERSION  the name and version of that OmegaT, for the table
  PEERS_POSTGRES  connection string of a PostgreSQL database with pg_trgm
  PEERS_PAIRS     the pairs (default: benches/peers/pairs.tsv)
  PEERS_REAL      pairs of real catalogues, as real_pairs.py prints them (default: none)
The script fails if a tool is missing or fails, or if it does not print one line for each pair.
"""
import json, math, os, shlex, subprocess, sys, unicodedata
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[2]
HEADER = ["case", "asked", "stored", "meaning"]
MEANINGS = ["same", "close", "changed"]


def read_pairs(path):
    """Returns the rows of the file. Exits with the line number if a line is malformed."""
    header, *lines = path.read_bytes().decode("utf-8").removesuffix("\n").split("\n")
    if header.split("\t") != HEADER:
        sys.exit(f"{path}: the first line is not {' TAB '.join(HEADER)}")
    rows, seen = [], set()
    for number, line in enumerate(lines, 2):
        row = line.split("\t")
        if len(row) != len(HEADER) or not all(cell.strip() for cell in row) or "\r" in line:
            sys.exit(f"{path}:{number}: not {len(HEADER)} filled columns separated by tabs")
        if row[3] not in MEANINGS:
            sys.exit(f"{path}:{number}: the meaning is {row[3]!r}, not one of {', '.join(MEANINGS)}")
        if (row[1], row[2]) in seen:
            sys.exit(f"{path}:{number}: the pair is in the file twice")
        seen.add((row[1], row[2]))
        rows.append(row)
    for meaning in MEANINGS:
        if not any(row[3] == meaning for row in rows):
            sys.exit(f"{path}: no pair is {meaning!r}")
    return rows


def run_tool(variable, command, rows):
    """Runs a command with the pairs on stdin. Returns the lines that it prints, one for each pair."""
    if not command:
        sys.exit(f"{variable} is not set; start this script by benches/peers/run")
    text = "".join(f"{asked}\t{stored}\n" for _, asked, stored, _ in rows)
    try:
        ran = subprocess.run(shlex.split(command), input=text.encode(), stdout=subprocess.PIPE, cwd=ROOT, timeout=600)
    except OSError as error:
        sys.exit(f"{variable}: cannot run `{command}`: {error}")
    except subprocess.TimeoutExpired:
        sys.exit(f"{variable}: `{command}` did not end in ten minutes")
    if ran.returncode != 0:
        sys.exit(f"{variable}: `{command}` ended with {ran.returncode}")
    lines = ran.stdout.decode("utf-8").removesuffix("\n").split("\n")
    if len(lines) != len(rows):
        sys.exit(f"{variable}: `{command}` answered {len(rows)} pairs with {len(lines)} lines")
    return lines


def percent(value):
    """Returns the value if it is a number from 0 to 100. Raises ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 100:
        raise ValueError(f"{value!r} is not a percentage")
    return value


def ours(rows):
    """Returns (score, similarity, flags) of each pair."""
    command = os.environ.get("DHAKIRA_SCORE", "target/release/dhakira score --json -")
    answers = []
    for number, line in enumerate(run_tool("DHAKIRA_SCORE", command, rows), 1):
        try:
            found = json.loads(line)
            answers.append((percent(found["score"]), percent(found["similarity"]), [str(f) for f in found["flags"]]))
        except (ValueError, KeyError, TypeError) as error:
            sys.exit(f"DHAKIRA_SCORE: line {number} is not a score ({error!r}): {line}")
    return answers


def omegat(rows):
    """Returns (omegat_stem, omegat_nostem, omegat_adjusted) of each pair."""
    answers = []
    for number, line in enumerate(run_tool("OMEGAT_SCORE", os.environ.get("OMEGAT_SCORE"), rows), 1):
        try:
            stem, nostem, adjusted = (percent(int(cell)) for cell in line.split("\t"))
        except ValueError as error:
            sys.exit(f"OMEGAT_SCORE: line {number} is not three percentages ({error}): {line}")
        answers.append((stem, nostem, adjusted))
    return answers


def trigrams(rows):
    """Returns (similarity, word_similarity) of each pair in percent, and the versions of pg_trgm and PostgreSQL."""
    if not os.environ.get("PEERS_POSTGRES"):
        sys.exit("PEERS_POSTGRES is not set; start this script by benches/peers/run")
    asked, stored = [row[1] for row in rows], [row[2] for row in rows]
    try:
        with psycopg.connect(os.environ["PEERS_POSTGRES"]) as database:
            one = lambda query: database.execute(query).fetchone()[0]
            # With locale C, pg_trgm does not recognize Arabic letters as letters, so every similarity would be 0.
            if one("SELECT similarity('كتاب', 'كتاب')") != 1:
                sys.exit("PEERS_POSTGRES: pg_trgm does not see Arabic letters; the database needs a UTF-8 locale")
            version = ("pg_trgm " + one("SELECT extversion FROM pg_extension WHERE extname = 'pg_trgm'")
                       + " of PostgreSQL " + one("SHOW server_version").split()[0])
            answers = database.execute(
                "SELECT similarity(a, s), word_similarity(a, s)"
                " FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS pair (a, s, place) ORDER BY place",
                (asked, stored)).fetchall()
    except psycopg.Error as error:
        sys.exit(f"PEERS_POSTGRES: {error}")
    if len(answers) != len(rows):
        sys.exit(f"PEERS_POSTGRES: pg_trgm answered {len(rows)} pairs with {len(answers)} rows")
    return [(percent(100 * a), percent(100 * b)) for a, b in answers], version


def ranked_correctly(scores, meanings):
    """Returns how often a `same` pair scores higher than a `changed` one: a share of all combinations; ties count half."""
    same = [s for s, m in zip(scores, meanings) if m == "same"]
    changed = [s for s, m in zip(scores, meanings) if m == "changed"]
    wins = sum(1.0 if s > c else 0.5 if s == c else 0.0 for s in same for c in changed)
    return wins / (len(same) * len(changed))


def cell(text):
    """Returns a text as a Markdown cell. Markdown characters are escaped, invisible ones are written as U+XXXX."""
    shown = []
    for c in text:
        if unicodedata.category(c) in ("Cf", "Cc", "Zl", "Zp") or (unicodedata.category(c) == "Zs" and c != " "):
            shown.append(f"\\[U+{ord(c):04X}\\]")
        elif c in "\\`*_[]<>|~&$#":
            shown.append("\\" + c)
        else:
            shown.append(c)
    return "".join(shown)


def whole(value):
    """Returns a percentage rounded down, as the other tools do. In single precision, 100 may be 99.99999."""
    return str(math.floor(value + 1e-4))


def row_of(cells):
    """Returns a row of a Markdown table."""
    return "| " + " | ".join(cells) + " |"


def figures_of(dhakira, java, trgm):
    """Returns the figures of all tools by name. Those in single precision are rounded, so that equal ones tie."""
    return {
        "Dhakira, score": [d[0] for d in dhakira],
        "Dhakira, similarity (before flags and penalties)": [d[1] for d in dhakira],
        "OmegaT, stem": [j[0] for j in java],
        "OmegaT, no stem": [j[1] for j in java],
        "OmegaT, adjusted": [j[2] for j in java],
        # Tuples compare in OmegaT's sort order.
        "OmegaT, in its sort order (all three)": java,
        "pg_trgm, `similarity`": [round(t[0], 4) for t in trgm],
        "pg_trgm, `word_similarity`": [round(t[1], 4) for t in trgm],
    }


def print_real_pairs(path):
    """Prints how the tools score pairs of real catalogues whose translations are opposite or identical."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    meanings = [row[3] for row in rows]
    same, changed = meanings.count("same"), meanings.count("changed")
    figures = figures_of(ours(rows), omegat(rows), trigrams(rows)[0])
    print(f"""
## Opposites in real catalogues

Pairs of similar Arabic segments of {os.environ.get("PEERS_REAL_NAME", "real catalogues")}, found by
`benches/peers/real_pairs.py`: in {changed} of them the English translations differ by one word and its opposite (enable,
disable; before, after), in {same} they are identical. At 85 and above tools insert a translation unseen. The second and
third column are the shares of the pairs that get there, the last one is as above.
""")
    print(row_of(["figure", "opposites at 85 and above", "identical translations at 85 and above", "ranked correctly"]))
    print(row_of(["---", "--:", "--:", "--:"]))
    for name, scores in figures.items():
        # OmegaT inserts by the first of its figures.
        first = [score[0] if isinstance(score, tuple) else score for score in scores]
        share = lambda kind: 100 * sum(s >= 85 for s, m in zip(first, meanings) if m == kind) / meanings.count(kind)
        cells = [name, f"{share('changed'):.1f} %", f"{share('same'):.1f} %"]
        print(row_of([*cells, f"{100 * ranked_correctly(scores, meanings):.1f} %"]))


def main():
    sys.stdout.reconfigure(encoding="utf-8")
    rows = read_pairs(Path(os.environ.get("PEERS_PAIRS", ROOT / "benches/peers/pairs.tsv")))
    meanings = [row[3] for row in rows]
    dhakira, java = ours(rows), omegat(rows)
    trgm, trgm_version = trigrams(rows)
    omegat_version = os.environ.get("OMEGAT_VERSION", "OmegaT")
    same, close, changed = (meanings.count(m) for m in MEANINGS)

    print("# Comparison with other matchers\n")
    print("Written by `benches/peers/run` from `benches/peers/pairs.tsv`; do not edit.\n")
    print(f"""\
{len(rows)} pairs: in {same} the stored segment means the same as the one asked for, in {close} nearly,
and in {changed} its meaning is changed. All figures are percentages. Dhakira is compared with:

- {omegat_version}: the three figures of its matches pane, with its Arabic tokenizer: stems without stop words and
  numbers / words without numbers / words, spaces, punctuation and numbers. It sorts by the first, then the second,
  then the third.
- {trgm_version}: `similarity` / `word_similarity` of the text asked for and the stored one, rounded
  down.
""")
    columns = HEADER + ["Dhakira score (flags)", "OmegaT stem/no stem/adjusted", "pg_trgm %"]
    print(row_of(columns))
    print(row_of(["---", "---", "---", "---", "--:", "--:", "--:"]))
    for (case, asked, stored, meaning), (score, _, flags), figures, grams in zip(
            rows, dhakira, java, trgm, strict=True):
        print(row_of([
            cell(case), cell(asked), cell(stored), meaning,
            f"{score:g}" + (f" ({', '.join(cell(f) for f in flags)})" if flags else ""),
            "/".join(map(str, figures)),
            "/".join(map(whole, grams)),
        ]))

    print("\n## Ranking\n")
    print(f"""\
Each of the {same} pairs that mean the same is compared with each of the {changed} whose meaning is changed. The
second column is the share of these combinations in which the former scores higher; a tie counts half (the area under
the ROC curve). 50 % is chance. The last column counts the changed pairs with 100, which looks like equal text.
""")
    print(row_of(["figure", "ranked correctly", "changed pairs at 100"]))
    print(row_of(["---", "--:", "--:"]))
    for name, scores in figures_of(dhakira, java, trgm).items():
        at_100 = sum(m == "changed" and s in (100, (100, 100, 100)) for s, m in zip(scores, meanings))
        print(row_of([name, f"{100 * ranked_correctly(scores, meanings):.1f} %", str(at_100)]))
    if os.environ.get("PEERS_REAL"):
        print_real_pairs(Path(os.environ["PEERS_REAL"]))
    print("""
The released OmegaT leaves numbers out of its first two figures. Its development line has an option of a project, off by
default, by which numbers are compared by value ([omegat-org/omegat#2155](https://github.com/omegat-org/omegat/pull/2155),
`match_numbers`). It is not part of the version measured here.""")


if __name__ == "__main__":
    main()
