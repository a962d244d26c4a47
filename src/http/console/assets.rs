//! The style and the script of the pages: part of the program, and named by what is in them, so that a browser keeps them
//! for good and never has the wrong ones.

use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::http::api::call::Call;
use crate::http::problem::Answer;

/// One file.
pub struct Asset {
    /// Where it is.
    pub path: String,
    media: &'static str,
    text: &'static str,
}

impl Asset {
    fn new(stem: &str, ending: &str, media: &'static str, text: &'static str) -> Self {
        let digest = Sha256::digest(text.as_bytes());
        let mark = digest[..6].iter().fold(String::new(), |mark, byte| mark + &format!("{byte:02x}"));
        Self { path: format!("/assets/{stem}-{mark}.{ending}"), media, text }
    }
}

const STYLES: &str = concat!(
    include_str!("assets/base.css"),
    include_str!("assets/audit.css"),
    include_str!("assets/people.css"),
    include_str!("assets/traffic.css"),
    include_str!("assets/setup.css"),
);
const SCRIPTS: &str = concat!(
    include_str!("assets/base.js"),
    include_str!("assets/audit.js"),
    include_str!("assets/people.js"),
    include_str!("assets/traffic.js"),
    include_str!("assets/setup.js"),
);

/// How the pages look.
pub static STYLE: LazyLock<Asset> = LazyLock::new(|| Asset::new("console", "css", "text/css; charset=utf-8", STYLES));
/// What the pages do beyond being read.
pub static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("console", "js", "text/javascript; charset=utf-8", SCRIPTS));

/// What a browser shows beside the title; its name stays, so it is asked for again now and then.
const ICON: &str = "/assets/icon.svg";

/// `GET /assets/{name}`.
pub(in crate::http) async fn get(call: Call) -> Answer {
    if call.path() == ICON {
        let headers = [(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "public, max-age=86400")];
        return Ok((headers, include_str!("assets/icon.svg")).into_response());
    }
    let asset = [&*STYLE, &*SCRIPT].into_iter().find(|asset| asset.path == call.path());
    let asset = asset.ok_or_else(|| Error::not_found("There is no such file."))?;
    Ok(file(asset))
}

fn file(asset: &Asset) -> Response {
    let kept = "public, max-age=31536000, immutable";
    ([(CONTENT_TYPE, asset.media), (CACHE_CONTROL, kept)], asset.text).into_response()
}
