//! What lies on this machine: files and their modes, settings.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::Finding;
use crate::config::{AppEnv, Config};
use crate::http::hooks::spool::MAX_BYTES;

/// Everybody but the owner.
const OTHERS: u32 = 0o077;
/// Settings of development, with secrets in them.
const DOTENV: &str = ".env";

/// Looks at files and settings.
pub(super) fn look(config: &Config) -> Vec<Finding> {
    let mut found = vec![Finding::ok("version", concat!("rollcall ", env!("CARGO_PKG_VERSION")))];
    found.extend(modes(config));
    found.push(hook_secret(config));
    found.push(spool(config));
    found.extend(name(config));
    if config.env == AppEnv::Production && config.trusted_proxies.is_empty() {
        let fix = "set TRUSTED_PROXIES to the addresses of the proxy in front";
        found.push(Finding::warn("proxies", "every address in the audit will be the proxy's", fix));
    }
    found
}

/// What the world calls a server of production must lead the world to it.
fn name(config: &Config) -> Option<Finding> {
    const WHAT: &str = "public url";
    if config.is_known_to_itself_alone() {
        let says = format!("{} leads nobody here from another machine", config.public_url);
        return Some(Finding::warn(WHAT, says, "set PUBLIC_URL to the https address that Okta reaches"));
    }
    (config.env == AppEnv::Production).then(|| Finding::ok(WHAT, &*config.public_url))
}

/// Files that others can read: the roll is personal data, and beside it lie secrets.
fn modes(config: &Config) -> Vec<Finding> {
    let mut paths = vec![PathBuf::from(DOTENV), config.data_dir.clone()];
    let inside = fs::read_dir(&config.data_dir).into_iter().flatten().filter_map(Result::ok);
    paths.extend(inside.map(|entry| entry.path()).filter(|path| path.is_file()));
    paths.extend(config.hook_spool_dir.clone());
    let open: Vec<Finding> = paths.iter().filter_map(|path| open_to_others(path)).collect();
    if open.is_empty() { vec![Finding::ok("files", "nobody else can read them")] } else { open }
}

fn open_to_others(path: &Path) -> Option<Finding> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    let shown = path.display();
    (mode & OTHERS != 0).then(|| {
        Finding::fail("files", format!("{shown} is open to others: mode {mode:o}"), format!("chmod go= {shown}"))
    })
}

fn hook_secret(config: &Config) -> Finding {
    const WHAT: &str = "hook secret";
    match config.hook_keys.secrets.len() {
        0 => Finding::ok(WHAT, "development: made at the first start, kept beside the database"),
        1 => Finding::ok(WHAT, "set"),
        _ => {
            let fix = "once Okta sends the new one, take OKTA_WEBHOOK_SECRET_PREVIOUS away";
            Finding::warn(WHAT, "two are live", fix)
        }
    }
}

fn spool(config: &Config) -> Finding {
    const WHAT: &str = "spool";
    let Some(folder) = &config.hook_spool_dir else {
        let fix = "set HOOK_SPOOL_DIR to a folder that outlives the process";
        return Finding::warn(WHAT, "while the database is away hooks are answered 503", fix);
    };
    let sizes = fs::read_dir(folder).and_then(|all| all.map(|entry| entry?.metadata().map(|file| file.len())).sum());
    match sizes {
        Ok(0) => Finding::ok(WHAT, "empty"),
        Ok(bytes) if bytes < MAX_BYTES => {
            let fix = "the server brings them in once the database answers; files that end in .bad are none of ours";
            Finding::warn(WHAT, format!("{bytes} bytes wait"), fix)
        }
        Ok(_) => {
            Finding::fail(WHAT, "full: hooks are answered 503", "make the database answer; the server brings them in")
        }
        Err(error) => Finding::fail(
            WHAT,
            format!("{} cannot be read: {error}", folder.display()),
            "make it, for the server's account alone",
        ),
    }
}
