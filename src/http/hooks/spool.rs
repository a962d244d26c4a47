//! The spool: deliveries that were proven while the database was away, one file each, until a job brings them in.
//!
//! A file holds when the delivery came, its request's id, and the body: no header, and so no credential. It is there
//! once its bytes and its name are on the disk; a file that is brought in twice finds its events known.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::App;
use crate::clock::Time;
use crate::ctx::Ctx;
use crate::model::Id;

/// How many bytes the spool takes at most.
pub const MAX_BYTES: u64 = 256 * 1024 * 1024;
/// How a finished file ends; what ends otherwise is not looked at.
const DONE: &str = "hook";
/// How a file ends that cannot be read as one of ours.
const BAD: &str = "bad";

/// A folder that takes deliveries.
pub struct Spool {
    folder: PathBuf,
    bytes: AtomicU64,
}

/// A delivery read back.
#[derive(Debug, PartialEq, Eq)]
pub struct Spooled {
    /// When it came.
    pub came_at: Time,
    /// The request it came with.
    pub request_id: String,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl Spool {
    /// Opens the folder, and makes it, for its owner alone, where it is not there.
    ///
    /// # Errors
    /// When it cannot be made or written to.
    pub fn open(folder: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let probe = folder.join(format!(".{}.tmp", Id::fresh()));
        new_file(&probe)?.sync_all()?;
        fs::remove_file(probe)?;
        let sizes = fs::read_dir(folder)?.map(|entry| entry.and_then(|entry| entry.metadata()).map(|file| file.len()));
        Ok(Self { folder: folder.to_owned(), bytes: AtomicU64::new(sizes.sum::<io::Result<u64>>()?) })
    }

    /// Writes a delivery; when this returns it is durable.
    ///
    /// # Errors
    /// When there is no room, or the disk says no.
    pub fn keep(&self, came_at: Time, request_id: &str, body: &[u8]) -> io::Result<()> {
        let head = format!("{} {request_id}\n", came_at.micros());
        let size = (head.len() + body.len()) as u64;
        if self.bytes.fetch_add(size, Ordering::SeqCst) + size > MAX_BYTES {
            self.bytes.fetch_sub(size, Ordering::SeqCst);
            return Err(io::Error::new(io::ErrorKind::StorageFull, "the spool is full"));
        }
        let id = Id::fresh();
        let (fresh, done) = (self.folder.join(format!(".{id}.tmp")), self.folder.join(format!("{id}.{DONE}")));
        let written = self.write(&fresh, &done, &[head.as_bytes(), body]);
        if written.is_err() {
            self.bytes.fetch_sub(size, Ordering::SeqCst);
            // What is left of it has no name that anybody looks at.
            let _ = fs::remove_file(fresh);
        }
        written
    }

    fn write(&self, fresh: &Path, done: &Path, parts: &[&[u8]]) -> io::Result<()> {
        let mut file = new_file(fresh)?;
        parts.iter().try_for_each(|part| file.write_all(part))?;
        file.sync_all()?;
        fs::rename(fresh, done)?;
        self.sync()
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }

    /// The deliveries that wait, oldest first.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn list(&self) -> io::Result<Vec<PathBuf>> {
        let paths = fs::read_dir(&self.folder)?.map(|entry| entry.map(|entry| entry.path()));
        let mut files: Vec<PathBuf> = paths.collect::<io::Result<_>>()?;
        files.retain(|path| path.extension().is_some_and(|end| end == DONE));
        files.sort();
        Ok(files)
    }

    /// How many bytes wait, as the folder says: replicas may share it.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn size(&self) -> io::Result<u64> {
        let sizes = self.list()?.into_iter().map(|path| fs::metadata(path).map(|file| file.len()));
        // One that is gone was brought in meanwhile.
        let gone = |size: io::Result<u64>| match size {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            size => size,
        };
        sizes.map(gone).sum()
    }

    /// Reads a delivery back. None when it is gone, or is none of ours: then it is put aside under another name.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn read(&self, path: &Path) -> io::Result<Option<Spooled>> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let read = parse(&bytes);
        if read.is_none() {
            tracing::error!(file = %path.display(), "a file of the spool cannot be read; it is put aside");
            fs::rename(path, path.with_extension(BAD))?;
        }
        Ok(read)
    }

    /// Removes a delivery that is in the inbox. One that is gone was brought in by another replica.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn remove(&self, path: &Path) -> io::Result<()> {
        let size = fs::metadata(path).map_or(0, |file| file.len());
        match fs::remove_file(path) {
            Ok(()) => self.bytes.fetch_sub(size.min(self.bytes.load(Ordering::SeqCst)), Ordering::SeqCst),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        self.sync()
    }
}

fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn parse(bytes: &[u8]) -> Option<Spooled> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (came_at, request_id) = std::str::from_utf8(&bytes[..end]).ok()?.split_once(' ')?;
    let came_at = Time::from_micros(came_at.parse().ok()?);
    Some(Spooled { came_at, request_id: request_id.to_owned(), body: bytes[end + 1..].to_vec() })
}

/// Keeps a delivery in the spool, where there is one.
pub(super) async fn keep(app: &App, ctx: &Ctx, body: Bytes) -> io::Result<()> {
    let (app, came_at, request_id) = (App::clone(app), ctx.now, ctx.request_id.clone());
    let writing = tokio::task::spawn_blocking(move || match &app.hooks.spool {
        Some(spool) => spool.keep(came_at, &request_id, &body),
        None => Err(io::Error::new(io::ErrorKind::NotFound, "there is no spool")),
    });
    writing.await.map_err(io::Error::from)?
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn spool() -> (tempfile::TempDir, Spool) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let spool = Spool::open(&folder.path().join("a/spool")).expect("a spool");
        (folder, spool)
    }

    #[test]
    fn what_is_kept_is_read_back_oldest_first_and_is_its_owners_alone() {
        let (_folder, spool) = spool();
        for body in [b"one\n\xff".as_slice(), b"", b"three"] {
            spool.keep(Time::from_micros(7), "r 1", body).expect("kept");
        }
        let files = spool.list().expect("files");
        let read = |path: &PathBuf| spool.read(path).expect("readable").expect("one of ours");
        let bodies: Vec<Vec<u8>> = files.iter().map(|path| read(path).body).collect();
        assert_eq!(bodies, [b"one\n\xff".to_vec(), Vec::new(), b"three".to_vec()]);
        assert_eq!((read(&files[0]).came_at, read(&files[0]).request_id.as_str()), (Time::from_micros(7), "r 1"));
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&files[0]), mode(&spool.folder)), (0o600, 0o700));
    }

    #[test]
    fn a_full_spool_takes_nothing_and_room_comes_back_with_what_is_removed() {
        let (_folder, spool) = spool();
        spool.keep(Time::from_micros(7), "r", b"body").expect("kept");
        spool.bytes.fetch_add(MAX_BYTES - 20, Ordering::SeqCst);
        let full = spool.keep(Time::from_micros(7), "r", b"another body").expect_err("there is no room");
        assert_eq!((full.kind(), spool.list().expect("files").len()), (io::ErrorKind::StorageFull, 1));
        let path = spool.list().expect("files").remove(0);
        spool.remove(&path).expect("removed");
        spool.remove(&path).expect("gone already");
        assert_eq!(spool.read(&path).expect("no fault"), None);
        spool.keep(Time::from_micros(7), "r", b"another").expect("room again");
    }

    #[test]
    fn what_is_half_written_or_foreign_is_not_brought_in() {
        let (_folder, spool) = spool();
        for (name, text) in
            [(".x.tmp", "7 r\nbody"), ("a.hook", "no head"), ("b.hook", "seven r\nbody"), ("c.hook", "")]
        {
            fs::write(spool.folder.join(name), text).expect("written");
        }
        let files = spool.list().expect("files");
        assert_eq!(files.len(), 3);
        assert!(files.iter().all(|path| spool.read(path).expect("readable").is_none()));
        assert_eq!(spool.list().expect("files").len(), 0);
        assert!(spool.folder.join("a.bad").exists());
    }
}
