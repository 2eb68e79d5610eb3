//! What is in a served file: by the end of its name, else by its first bytes.
//!
//! Corresponds to the content types of `www_body` in `apps/s_server.c`, which knows `text/html` and calls all else
//! `text/plain`.

/// What the original calls every file but those of HTML.
pub const TEXT: &str = "text/plain";

/// By the end of the name. `None` is not known.
pub fn of_name(name: &[u8]) -> Option<&'static str> {
    let name = name.rsplit(|&b| b == b'/').next().unwrap_or_default();
    let dot = name.iter().rposition(|&b| b == b'.').filter(|&dot| dot > 0)?;
    let extension = name[dot + 1..].to_ascii_lowercase();
    let at = TYPES.binary_search_by(|row| row.0.as_bytes().cmp(&extension)).ok()?;
    Some(TYPES[at].1)
}

/// By the first bytes: a text, or no text.
///
/// A text begins with a byte order mark, or has none of the bytes that no text has: the rule of browsers,
/// "Sniffing a mislabeled binary resource" of the MIME Sniffing Standard.
pub fn of_content(first: &[u8]) -> &'static str {
    let marked = [&b"\xef\xbb\xbf"[..], b"\xfe\xff", b"\xff\xfe"].iter().any(|mark| first.starts_with(mark));
    let in_no_text = |b: &u8| matches!(b, 0x00..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    if marked || !first.iter().any(in_no_text) { TEXT } else { "application/octet-stream" }
}

/// In the order of the first column. Those of `htm`, `html` and `php` are the original's.
const TYPES: &[(&str, &str)] = &[
    ("7z", "application/x-7z-compressed"),
    ("aac", "audio/aac"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("bz2", "application/x-bzip2"),
    ("cer", "application/pkix-cert"),
    ("crl", "application/pkix-crl"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("eot", "application/vnd.ms-fontobject"),
    ("epub", "application/epub+zip"),
    ("flac", "audio/flac"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ico", "image/x-icon"),
    ("jar", "application/java-archive"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("jsonld", "application/ld+json"),
    ("m3u8", "application/vnd.apple.mpegurl"),
    ("m4a", "audio/mp4"),
    ("map", "application/json"),
    ("md", "text/markdown"),
    ("mjs", "text/javascript"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("mpd", "application/dash+xml"),
    ("mpeg", "video/mpeg"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("ogv", "video/ogg"),
    ("opus", "audio/ogg"),
    ("otf", "font/otf"),
    ("p12", "application/x-pkcs12"),
    ("p7b", "application/x-pkcs7-certificates"),
    ("pdf", "application/pdf"),
    ("pfx", "application/x-pkcs12"),
    ("php", "text/html"),
    ("png", "image/png"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("rar", "application/vnd.rar"),
    ("rtf", "application/rtf"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("tgz", "application/gzip"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("ts", "video/mp2t"),
    ("ttf", "font/ttf"),
    ("txt", "text/plain"),
    ("wasm", "application/wasm"),
    ("wav", "audio/wav"),
    ("weba", "audio/webm"),
    ("webm", "video/webm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xhtml", "application/xhtml+xml"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "application/xml"),
    ("xz", "application/x-xz"),
    ("zip", "application/zip"),
    ("zst", "application/zstd"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_with_what_is_in_them() {
        for (name, kind) in [
            ("sub/a.HTML", Some("text/html")),
            ("a.php", Some("text/html")),
            ("a.json", Some("application/json")),
            ("release-1.2.tar.gz", Some("application/gzip")),
            ("film.mp4", Some("video/mp4")),
            ("7.7z", Some("application/x-7z-compressed")),
            ("z.zst", Some("application/zstd")),
            ("a.unknown", None),
            ("a.pem", None),
            ("html", None),
            (".html", None),
            ("sub/.html", None),
            ("v1.html/data", None),
        ] {
            assert_eq!(of_name(name.as_bytes()), kind, "{name}");
        }
    }

    #[test]
    fn the_table_is_in_order_and_has_each_name_once() {
        assert!(TYPES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn a_text_has_no_byte_that_no_text_has() {
        for text in
            [&b""[..], b"a\tb\r\n\x0c\x1b[0m", b"Stra\xdfe", "Straße".as_bytes(), b"\xff\xfea\0", b"\xef\xbb\xbf\0"]
        {
            assert_eq!(of_content(text), "text/plain", "{text:?}");
        }
        for other in [&b"\x1f\x8b\x08"[..], b"\0\0\0\x18ftyp", b"\x7fELF\x02", b"a\0"] {
            assert_eq!(of_content(other), "application/octet-stream", "{other:?}");
        }
    }
}
