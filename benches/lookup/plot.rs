//! Draws plots as SVG: latency by size, and by threshold.

use std::{fmt::Write, fs, io, path::Path};

use super::SizeReport;

/// A line of a plot: its name and its points.
struct Series {
    name: String,
    points: Vec<(f64, f64)>,
}

/// Writes `latency-by-size.svg` and `latency-by-threshold.svg` into a folder. The first one also shows
/// `peers`, which has lines `name TAB rows TAB milliseconds`.
pub(crate) fn write(folder: &Path, growth: &[SizeReport], peers: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut by_size: Vec<Series> = Vec::new();
    for m in growth {
        for line in &m.lines {
            let name = format!("Dhakira's {}, {}, p50", line.what, line.threshold.percent());
            add_point(&mut by_size, name, (m.rows as f64, line.percentile(50) / 1e3));
        }
    }
    for line in peers.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        if let [name, rows, ms] = cells[..]
            && let (Ok(rows), Ok(ms)) = (rows.parse(), ms.parse())
        {
            add_point(&mut by_size, format!("{name}, p50"), (rows, ms));
        }
    }
    fs::write(folder.join("latency-by-size.svg"), svg("Lookup latency by size", "rows", &by_size))?;

    let mut by_threshold: Vec<Series> = Vec::new();
    for line in growth.last().iter().flat_map(|m| &m.lines) {
        for percent in [50, 99] {
            let name = format!("{}, p{percent}", line.what);
            add_point(&mut by_threshold, name, (line.threshold.percent(), line.percentile(percent) / 1e3));
        }
    }
    for series in &mut by_threshold {
        series.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    let title = format!("Lookup latency by threshold, {} rows", growth.last().map_or(0, |m| m.rows));
    fs::write(folder.join("latency-by-threshold.svg"), svg(&title, "threshold", &by_threshold))
}

/// Adds a point to the series of this name, which is made if there is none.
fn add_point(all: &mut Vec<Series>, name: String, point: (f64, f64)) {
    match all.iter_mut().find(|s| s.name == name) {
        Some(series) => series.points.push(point),
        None => all.push(Series { name, points: vec![point] }),
    }
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 250.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
const COLOURS: [&str; 8] =
    ["#1b6ca8", "#c8553d", "#3a7d44", "#8d5a97", "#b8860b", "#444444", "#2a9d8f", "#d62882"];

/// The axes of a plot: they map values to positions in the picture.
struct Axes {
    /// Whether the horizontal axis is logarithmic. The vertical one always is.
    logarithmic: bool,
    /// The lowest value of the horizontal axis, and the range of values on it.
    low: f64,
    span: f64,
    /// The powers of ten between which the vertical axis runs.
    floor: f64,
    ceiling: f64,
}

impl Axes {
    fn new(logarithmic: bool, points: &[(f64, f64)]) -> Self {
        let xs: Vec<f64> = points.iter().map(|(x, _)| scale(*x, logarithmic)).collect();
        let ys: Vec<f64> = points.iter().map(|(_, y)| *y).filter(|y| *y > 0.0).collect();
        let low = xs.iter().copied().fold(f64::MAX, f64::min);
        let high = xs.iter().copied().fold(f64::MIN, f64::max);
        let floor = ys.iter().copied().fold(f64::MAX, f64::min).log10().floor();
        let ceiling = ys.iter().copied().fold(f64::MIN, f64::max).log10().ceil().max(floor + 1.0);
        Self { logarithmic, low, span: (high - low).max(0.1), floor, ceiling }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + (scale(value, self.logarithmic) - self.low) / self.span * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value.max(1e-9).log10() - self.floor) / (self.ceiling - self.floor);
        HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
    }
}

fn scale(value: f64, logarithmic: bool) -> f64 {
    if logarithmic { value.max(1.0).log10() } else { value }
}

/// Draws lines with milliseconds on a logarithmic vertical axis. The horizontal axis is logarithmic for rows,
/// but not for thresholds.
fn svg(title: &str, across: &str, all: &[Series]) -> String {
    let points: Vec<(f64, f64)> = all.iter().flat_map(|s| s.points.iter().copied()).collect();
    let axes = Axes::new(across == "rows", &points);
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"22\" font-size=\"15\">{title} (ms, logarithmic)</text>\n"
    );
    let mut power = axes.floor;
    while power <= axes.ceiling {
        let at = axes.y(10_f64.powf(power));
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
    let mut ticks: Vec<f64> = points.iter().map(|(x, _)| *x).collect();
    ticks.sort_by(f64::total_cmp);
    ticks.dedup();
    // Of labels that would overlap, only the first is written.
    let mut free_from = f64::MIN;
    for tick in ticks {
        if axes.x(tick) < free_from {
            continue;
        }
        free_from = axes.x(tick) + 60.0;
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{tick}</text>",
            axes.x(tick),
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
            series.points.iter().map(|(a, b)| format!("{:.1},{:.1}", axes.x(*a), axes.y(*b))).collect();
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            points.join(" ")
        );
        for (a, b) in &series.points {
            let _ = writeln!(
                out,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>",
                axes.x(*a),
                axes.y(*b)
            );
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
