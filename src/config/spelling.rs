//! Finds variables that were meant to be ours: a misspelt name must not be silently without effect.

use super::Fault;
use super::sources::Vars;

/// Short names are left out: too many foreign variables look like them.
const SHORTEST: usize = 8;
const FARTHEST: usize = 2;

/// Reports unknown variables that all but spell a known one.
pub(super) fn misspelt(vars: &Vars, known: &[&str]) -> Vec<Fault> {
    let unknown = vars.keys().filter(|name| !known.contains(&name.as_str()));
    unknown
        .filter_map(|name| nearest(name, known).map(|meant| (name, meant)))
        .map(|(name, meant)| Fault::new(name, format!("unknown variable; did you mean {meant}?")))
        .collect()
}

fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let name = name.to_uppercase();
    let likely = known.iter().filter(|k| k.len() >= SHORTEST && k.len().abs_diff(name.len()) <= FARTHEST);
    likely.map(|k| (distance(&name, k), *k)).filter(|(far, _)| *far <= FARTHEST).min().map(|(_, k)| k)
}

/// Edits between two names; swapping two neighbours is one edit.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let best = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            row.push(if swapped { best.min(rows[i - 2][j - 2] + 1) } else { best });
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn edits_are_counted() {
        let cases = [("", "", 0), ("ab", "ba", 1), ("kitten", "sitting", 3), ("PORT", "PROT", 1), ("abc", "", 3)];
        for (a, b, edits) in cases {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
    }
}
