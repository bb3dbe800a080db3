//! The file of a Unix socket: its place, its permissions, and its removal.

use std::fs::{self, DirBuilder, Permissions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

use super::error::Error;

/// The longest path of a socket in bytes: `sun_path` has 108 on Linux and 104 elsewhere, including a zero at the end.
const MAX_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Used if the path of the temporary directory is too long, or if it isn't writable.
const FALLBACK_DIRECTORY: &str = "/tmp";

/// The file of a bound socket, and its own directory. Dropping it removes both.
pub(super) struct SocketFile {
    path: String,
    _directory: Option<PrivateDirectory>,
}

impl SocketFile {
    /// Binds a socket in `directory`, or in a new private directory.
    ///
    /// With a `group`, the group can read and write the socket too.
    pub(super) fn bind(directory: Option<&Path>, group: Option<&str>) -> Result<(UnixListener, Self), Error> {
        let group = group.map(group_id).transpose()?;
        let (path, directory) = match directory {
            Some(directory) => (socket_path(&directory.join(unique("plugin-")))?, None),
            None => {
                let (path, directory) = PrivateDirectory::for_socket(&std::env::temp_dir(), group)?;
                (path, Some(directory))
            }
        };
        let fail = |what: &str, error| Error::Socket(format!("failed to {what} the socket `{path}`"), error);
        let listener = UnixListener::bind(&path).map_err(|error| fail("bind", error))?;
        if group.is_some() {
            chown(&path, None, group).map_err(|error| fail("change the group of", error))?;
        }
        let mode = if group.is_some() { 0o660 } else { 0o600 };
        fs::set_permissions(&path, Permissions::from_mode(mode))
            .map_err(|error| fail("set the permissions of", error))?;
        Ok((listener, Self { path, _directory: directory }))
    }

    /// The path. It is text because the handshake line is.
    pub(super) fn address(&self) -> &str {
        &self.path
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // A failure can't be reported.
        let _ = fs::remove_file(&self.path);
    }
}

/// A directory that only this user can enter. Dropping it removes it.
struct PrivateDirectory(PathBuf);

impl PrivateDirectory {
    /// Creates one in `temporary`, or in `/tmp` if that fails, and returns the path of a socket in it.
    fn for_socket(temporary: &Path, group: Option<u32>) -> Result<(String, Self), Error> {
        Self::below(temporary, group).or_else(|error| {
            let fallback = Path::new(FALLBACK_DIRECTORY);
            if temporary == fallback { Err(error) } else { Self::below(fallback, group) }
        })
    }

    /// The name is random. With the process ID as the name, a killed process could have left the same directory.
    fn below(parent: &Path, group: Option<u32>) -> Result<(String, Self), Error> {
        let path = parent.join(unique("tf-plugin-"));
        let socket = socket_path(&path.join("socket"))?;
        let fail = |error| Error::Socket(format!("failed to create the directory `{}`", path.display()), error);
        // Fails if the path exists, even as a symbolic link.
        DirBuilder::new().mode(0o700).create(&path).map_err(fail)?;
        let directory = Self(path.clone());
        if group.is_some() {
            chown(&path, None, group).map_err(fail)?;
            fs::set_permissions(&path, Permissions::from_mode(0o710)).map_err(fail)?;
        }
        Ok((socket, directory))
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// A unique name. Hashers of the standard library are seeded with random bits of the system.
fn unique(prefix: &str) -> String {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    format!("{prefix}{:016x}", hasher.finish())
}

/// The path as text, if it is valid for a socket and for the handshake line.
fn socket_path(path: &Path) -> Result<String, Error> {
    let reject = |why: String| {
        let error = io::Error::new(io::ErrorKind::InvalidInput, why);
        Error::Socket(format!("failed to bind the socket `{}`", path.display()), error)
    };
    match path.to_str() {
        None => Err(reject("the path is not UTF-8".to_owned())),
        Some(text) if text.contains(['|', '\n']) => {
            Err(reject("the path contains a separator of the handshake line".to_owned()))
        }
        Some(text) if text.len() > MAX_PATH => Err(reject(format!("the path is longer than {MAX_PATH} bytes"))),
        Some(text) => Ok(text.to_owned()),
    }
}

/// The number of a group, given by name or number. Names are read from `/etc/group`, as in static Go programs.
fn group_id(group: &str) -> Result<u32, Error> {
    if let Ok(number) = group.parse() {
        return Ok(number);
    }
    let fail = |error| Error::Socket(format!("failed to find the group `{group}` of PLUGIN_UNIX_SOCKET_GROUP"), error);
    let file = fs::read_to_string("/etc/group").map_err(fail)?;
    find_group(&file, group).ok_or_else(|| fail(io::ErrorKind::NotFound.into()))
}

/// Finds a group in the text of `/etc/group`: `name:password:number:members`.
fn find_group(file: &str, name: &str) -> Option<u32> {
    file.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? == name { fields.nth(1)?.parse().ok() } else { None }
    })
}

#[cfg(test)]
mod tests {

    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn mode(path: impl AsRef<Path>) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o777
    }

    /// Removed when dropped.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new() -> Self {
            let path = std::env::temp_dir().join(unique("tf-test-"));
            fs::create_dir(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[tokio::test]
    async fn socket_is_private_and_removed_with_its_directory() {
        let (listener, file) = SocketFile::bind(None, None).unwrap();
        let path = PathBuf::from(file.address());
        let directory = path.parent().unwrap();
        assert_eq!((mode(directory), mode(&path)), (0o700, 0o600));
        drop((listener, file));
        assert!(!directory.exists());
    }

    #[tokio::test]
    async fn given_directory_is_kept() {
        let scratch = Scratch::new();
        let (_listener, file) = SocketFile::bind(Some(&scratch.0), None).unwrap();
        assert_eq!(Path::new(file.address()).parent().unwrap(), scratch.0);
        drop(file);
        assert_eq!(fs::read_dir(&scratch.0).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn group_can_use_the_socket() {
        let own = fs::metadata(std::env::current_exe().unwrap()).unwrap().gid();
        let (_listener, file) = SocketFile::bind(None, Some(&own.to_string())).unwrap();
        let path = Path::new(file.address());
        assert_eq!((mode(path.parent().unwrap()), mode(path)), (0o710, 0o660));
        assert_eq!(fs::metadata(path).unwrap().gid(), own);
    }

    #[test]
    fn long_temporary_directory_falls_back_to_tmp() {
        let scratch = Scratch::new();
        let long = scratch.0.join("x".repeat(100));
        fs::create_dir(&long).unwrap();
        let (path, _directory) = PrivateDirectory::for_socket(&long, None).unwrap();
        assert!(path.starts_with("/tmp/"));
        assert!(path.len() <= MAX_PATH);
        assert_eq!(fs::read_dir(&long).unwrap().count(), 0);
    }

    #[test]
    fn missing_temporary_directory_falls_back_to_tmp() {
        let (path, _directory) = PrivateDirectory::for_socket(Path::new("/does/not/exist"), None).unwrap();
        assert!(path.starts_with("/tmp/"));
    }

    #[test]
    fn path_of_a_socket_is_limited_in_bytes() {
        let longest = "ö".repeat(MAX_PATH / 2) + "x";
        assert_eq!(longest.len(), MAX_PATH);
        assert!(socket_path(Path::new(&longest)).is_ok());
        assert!(socket_path(Path::new(&(longest + "x"))).is_err());
        assert!(socket_path(Path::new("/a|b")).is_err());
    }

    #[test]
    fn groups_are_found_by_name() {
        let file = "root:x:0:\nadm:x:4:syslog,me\nbad:x\n";
        assert_eq!(find_group(file, "adm"), Some(4));
        assert_eq!(find_group(file, "me"), None);
        assert_eq!(find_group(file, "bad"), None);
        assert_eq!(group_id("1234").unwrap(), 1234);
        assert_eq!(group_id("root").unwrap(), 0);
    }
}
