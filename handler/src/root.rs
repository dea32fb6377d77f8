//! Opening what lies beneath a root directory.
//!
//! Law: a file is opened once, and everything said of it comes from that descriptor. Nothing outside the root is ever
//! opened: the system, not a comparison of names, keeps the way to it beneath the root, links included.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use basehttp_proto::StatusCode;
use cap_fs_ext::{OpenOptionsMaybeDirExt, OpenOptionsSyncExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

use crate::listing::{Entry, Kind, MAX_ENTRIES};
use crate::path::{is_hidden, is_servable};

/// A directory that was opened, so that renaming it changes nothing. One that was removed is opened again by its name:
/// tools that build a site remove and make it again.
#[derive(Debug)]
pub(crate) struct Root {
    directory: RwLock<Arc<Dir>>,
    path: PathBuf,
}

/// What was opened.
pub(crate) enum Opened {
    File(OpenFile),
    Directory(Dir),
}

/// A regular file and what its descriptor says of it.
pub(crate) struct OpenFile {
    pub(crate) file: File,
    pub(crate) size: u64,
    pub(crate) modified: Option<SystemTime>,
    /// Tells files apart that follow each other under one name; 0 where the system has none.
    pub(crate) inode: u64,
}

fn open_directory(path: &Path) -> io::Result<Dir> {
    Dir::open_ambient_dir(path, ambient_authority())
}

#[cfg(unix)]
fn is_removed(facts: &cap_std::fs::Metadata) -> bool {
    cap_std::fs::MetadataExt::nlink(facts) == 0
}

/// Elsewhere an open directory cannot be removed.
#[cfg(not(unix))]
fn is_removed(_: &cap_std::fs::Metadata) -> bool {
    false
}

impl Root {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let directory = open_directory(path)?;
        // Opening it did not ask for permission to read it.
        directory.entries()?;
        // The name is for later, when the current directory may be another one.
        Ok(Self { directory: RwLock::new(Arc::new(directory)), path: std::path::absolute(path)? })
    }

    fn directory(&self) -> Arc<Dir> {
        // A lock that was held by a thread that panicked guards a whole value all the same.
        Arc::clone(&self.directory.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Opens the directory again if it was removed; whether it was, and has been made again.
    fn renew(&self) -> bool {
        if !self.directory().dir_metadata().is_ok_and(|facts| is_removed(&facts)) {
            return false;
        }
        let renewed = open_directory(&self.path).map(Arc::new);
        renewed.is_ok_and(|directory| {
            *self.directory.write().unwrap_or_else(PoisonError::into_inner) = directory;
            true
        })
    }

    /// Opens a file or directory at a relative path.
    ///
    /// Fails with the status to answer with: what is neither a file nor a directory, or is reached only by leaving the
    /// root, does not exist here.
    pub(crate) fn get(&self, path: &Path) -> Result<Opened, StatusCode> {
        match self.open_beneath(path) {
            // Only these can come of a root that is gone, so a file that is there costs no look at it.
            Ok(Opened::Directory(_)) | Err(StatusCode::NOT_FOUND) if self.renew() => self.open_beneath(path),
            opened => opened,
        }
    }

    fn open_beneath(&self, path: &Path) -> Result<Opened, StatusCode> {
        let mut options = OpenOptions::new();
        // Without waiting: opening a FIFO would wait for a writer.
        options.read(true).nonblock(true).maybe_dir(true);
        let file = self.directory().open_with(path, &options).map_err(|error| status(&error))?.into_std();
        let facts = file.metadata().map_err(|error| status(&error))?;
        if facts.is_dir() {
            return Ok(Opened::Directory(Dir::from_std_file(file)));
        }
        if !facts.is_file() {
            return Err(StatusCode::NOT_FOUND);
        }
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&facts);
        #[cfg(not(unix))]
        let inode = 0;
        Ok(Opened::File(OpenFile { file, size: facts.len(), modified: facts.modified().ok(), inode }))
    }

    /// The entries of an open directory, which is at `path`, `depth` directories below the root; and whether it has
    /// more. Only what can be fetched is among them: no devices, and no links that lead out or nowhere.
    pub(crate) fn list(
        &self,
        directory: &Dir,
        path: &Path,
        depth: usize,
        hidden: bool,
    ) -> Result<(Vec<Entry>, bool), StatusCode> {
        let root = self.directory();
        let mut entries = Vec::new();
        for found in directory.entries().map_err(|error| status(&error))? {
            let found = found.map_err(|error| status(&error))?;
            let name = found.file_name();
            let octets = name.as_encoded_bytes();
            if !is_servable(octets) || !hidden && is_hidden(octets, depth) {
                continue;
            }
            // An entry that goes away in the meantime is left out.
            let Ok(own) = found.metadata() else { continue };
            let link = own.is_symlink();
            let Ok(facts) = (if link { root.metadata(path.join(&name)) } else { Ok(own) }) else {
                continue;
            };
            let kind = match (facts.is_dir(), facts.is_file()) {
                (true, _) => Kind::Directory,
                (_, true) => Kind::File,
                _ => continue,
            };
            if entries.len() >= MAX_ENTRIES {
                return Ok((entries, true));
            }
            let modified = facts.modified().ok().map(cap_std::time::SystemTime::into_std);
            entries.push(Entry { name: name.into_encoded_bytes(), kind, link, size: facts.len(), modified });
        }
        Ok((entries, false))
    }
}

/// The status for an error of the system; its text is not for clients.
fn status(error: &io::Error) -> StatusCode {
    match error.kind() {
        // Leaving the root is refused without an error code, because the system was not even asked.
        ErrorKind::PermissionDenied if error.raw_os_error().is_none() => StatusCode::NOT_FOUND,
        ErrorKind::PermissionDenied => StatusCode::FORBIDDEN,
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidInput | ErrorKind::InvalidFilename => {
            StatusCode::NOT_FOUND
        }
        _ => status_by_code(error),
    }
}

#[cfg(unix)]
fn status_by_code(error: &io::Error) -> StatusCode {
    use rustix::io::Errno;
    match Errno::from_io_error(error) {
        // A loop of links, a name that is too long, a socket, a device that is not there.
        Some(Errno::LOOP | Errno::NAMETOOLONG | Errno::NXIO | Errno::NODEV) => StatusCode::NOT_FOUND,
        Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(not(unix))]
fn status_by_code(_: &io::Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}
