//! Plots as SVG: latency against size, and against the threshold.

use std::{fmt::Write, fs, io, path::Path};

use super::Measured;

/// A line of a plot: what it shows, and its points.
struct Series {
    name: String,
    points: Vec<(f64, f64)>,
}

/// Writes `latency-by-size.svg` and `latency-by-threshold.svg` into a folder.
/// Peers are drawn into the first, as `name TAB rows TAB milliseconds` lines tell.
pub(crate) fn write(folder: &Path, growth: &[Measured], peers: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut by_size: Vec<Series> = Vec::new();
    let add = |all: &mut Vec<Series>, name: String, point: (f64, f64)| match all
        .iter_mut()
        .find(|s| s.name == name)
    {
        Some(series) => series.points.push(point),
        None => all.push(Series { name, points: vec![point] }),
    };
    for m in growth {
        for line in &m.lines {
            let name = format!("Dhakira's {}, {}, p50", line.what, line.threshold.percent());
            add(&mut by_size, name, (m.rows as f64, line.percentile(50) / 1e3));
        }
    }
    for line in peers.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        if let [name, rows, ms] = cells[..]
            && let (Ok(rows), Ok(ms)) = (rows.parse(), ms.parse())
        {
            add(&mut by_size, format!("{name}, p50"), (rows, ms));
        }
    }
    fs::write(folder.join("latency-by-size.svg"), svg("Lookup latency by size", "rows", &by_size))?;

    let mut by_threshold: Vec<Series> = Vec::new();
    for line in growth.last().iter().flat_map(|m| &m.lines) {
        for percent in [50, 99] {
            let name = format!("{}, p{percent}", line.what);
            add(&mut by_threshold, name, (line.threshold.percent(), line.percentile(percent) / 1e3));
        }
    }
    for series in &mut by_threshold {
        series.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    let title = format!("Lookup latency by threshold, {} rows", growth.last().map_or(0, |m| m.rows));
    fs::write(folder.join("latency-by-threshold.svg"), svg(&title, "threshold", &by_threshold))
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 250.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
const COLOURS: [&str; 8] =
    ["#1b6ca8", "#c8553d", "#3a7d44", "#8d5a97", "#b8860b", "#444444", "#2a9d8f", "#d62882"];

/// Draws lines over a logarithmic scale of milliseconds; sizes are
/// logarithmic, too, thresholds are not.
fn svg(title: &str, across: &str, all: &[Series]) -> String {
    let xs = || all.iter().flat_map(|s| s.points.iter().map(|p| p.0));
    let ys = || all.iter().flat_map(|s| s.points.iter().map(|p| p.1)).filter(|y| *y > 0.0);
    let logarithmic = across == "rows";
    let scale = |x: f64| if logarithmic { x.max(1.0).log10() } else { x };
    let (low, high) = (xs().map(scale).fold(f64::MAX, f64::min), xs().map(scale).fold(f64::MIN, f64::max));
    let span = (high - low).max(0.1);
    let floor = ys().fold(f64::MAX, f64::min).log10().floor();
    let ceiling = ys().fold(f64::MIN, f64::max).log10().ceil().max(floor + 1.0);
    let x = |value: f64| LEFT + (scale(value) - low) / span * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| {
        HEIGHT - BOTTOM - (value.max(1e-9).log10() - floor) / (ceiling - floor) * (HEIGHT - TOP - BOTTOM)
    };
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"22\" font-size=\"15\">{title} (ms, logarithmic)</text>\n"
    );
    let mut power = floor;
    while power <= ceiling {
        let at = y(10_f64.powf(power));
        let label = 10_f64.powf(power);
        let _ = writeln!(
            out,
            "<line x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{:.1}\" y2=\"{at:.1}\" stroke=\"#dddddd\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            WIDTH - RIGHT,
            LEFT - 8.0,
            at + 4.0
        );
        power += 1.0;
    }
    let mut ticks: Vec<f64> = xs().collect();
    ticks.sort_by(f64::total_cmp);
    ticks.dedup();
    // Labels that would lie over one another: the first is written.
    let mut free_from = f64::MIN;
    for tick in ticks {
        if x(tick) < free_from {
            continue;
        }
        free_from = x(tick) + 60.0;
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{tick}</text>",
            x(tick),
            HEIGHT - BOTTOM + 18.0
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{across}</text>",
        (LEFT + WIDTH - RIGHT) / 2.0,
        HEIGHT - 10.0
    );
    for ((n, series), colour) in all.iter().enumerate().zip(COLOURS.iter().cycle()) {
        let points: Vec<String> =
            series.points.iter().map(|(a, b)| format!("{:.1},{:.1}", x(*a), y(*b))).collect();
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            points.join(" ")
        );
        for (a, b) in &series.points {
            let _ =
                writeln!(out, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>", x(*a), y(*b));
        }
        let at = TOP + 10.0 + 18.0 * n as f64;
        let _ = writeln!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"10\" height=\"10\" fill=\"{colour}\"/><text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            WIDTH - RIGHT + 14.0,
            at - 9.0,
            WIDTH - RIGHT + 30.0,
            at,
            series.name
        );
    }
    out.push_str("</svg>\n");
    out
}
