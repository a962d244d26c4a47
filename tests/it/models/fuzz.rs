//! The fuzzer's targets on the stable toolchain: every file of the corpus, and a few hundred mutations of each.

use proptest::prelude::*;
use proptest::sample::Index;

use super::runner;
use crate::source::repository;

#[path = "../../../fuzz/src/lib.rs"]
mod targets;

/// How many mutations of a target's corpus the test command tries.
const SLICE: u32 = 4_000;
/// What mutations put in: the marks and words of every grammar there is.
const PIECES: [&[u8]; 18] = [
    b"(", b")", b"[", b"]", b"{", b"}", b"\"", b"\\", b":", b".", b",", b" and ", b" not (", b" eq ", b"\0", b"\xff",
    b"\\ud800", b"1e999",
];

/// One change to some bytes: where, how much, and what stands there then.
#[derive(Clone, Debug)]
enum Change {
    Cut(Index, usize),
    Put(Index, &'static [u8]),
    Flip(Index, u8),
    Repeat(Index, usize, usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let end = bytes.len();
        match self {
            Self::Put(at, piece) => drop(bytes.splice(at.index(end + 1)..at.index(end + 1), piece.iter().copied())),
            _ if end == 0 => {}
            Self::Flip(at, bits) => bytes[at.index(end)] ^= bits,
            Self::Cut(at, length) => drop(bytes.drain(at.index(end)..end.min(at.index(end) + length))),
            Self::Repeat(at, length, times) => {
                let part = bytes[at.index(end)..end.min(at.index(end) + length)].repeat(*times);
                bytes.splice(at.index(end)..at.index(end), part);
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), 1..20_usize).prop_map(|(at, length)| Change::Cut(at, length)),
        (any::<Index>(), prop::sample::select(&PIECES[..])).prop_map(|(at, piece)| Change::Put(at, piece)),
        (any::<Index>(), 1..=255_u8).prop_map(|(at, bits)| Change::Flip(at, bits)),
        (any::<Index>(), 1..40_usize, 1..40_usize).prop_map(|(at, length, times)| Change::Repeat(at, length, times)),
    ]
}

/// The files of a target's corpus, in the order of their names.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = std::fs::read_dir(repository(&format!("fuzz/corpus/{target}"))).expect("a corpus");
    let mut paths: Vec<_> = folder.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.into_iter().map(|path| std::fs::read(path).expect("a file of the corpus")).collect()
}

fn replay(target: &str, run: fn(&[u8])) {
    let seeds = corpus(target);
    assert!(seeds.len() > 10, "{target} has hardly a corpus");
    for seed in &seeds {
        run(seed);
    }
    let mutated = (prop::sample::select(seeds), prop::collection::vec(change(), 1..6));
    let outcome = runner(SLICE).run(&mutated, |(mut bytes, changes)| {
        for change in &changes {
            change.apply(&mut bytes);
        }
        run(&bytes);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn the_corpus_of_filters_and_its_mutations_keep_every_promise() {
    replay("filter", targets::any_filter);
}

#[test]
fn the_corpus_of_paths_and_its_mutations_keep_every_promise() {
    replay("path", targets::any_path);
}

#[test]
fn the_corpus_of_patches_and_its_mutations_keep_every_promise() {
    replay("patch", targets::any_patch);
}

#[test]
fn the_corpus_of_cursors_and_its_mutations_keep_every_promise() {
    replay("cursor", targets::any_cursor);
}

#[test]
fn the_corpus_of_bodies_and_its_mutations_keep_every_promise() {
    replay("body", targets::any_body);
}
