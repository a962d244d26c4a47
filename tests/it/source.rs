//! Our own source as tokens: enough of Rust's lexing to tell code from comments and strings, for tests that read it.

use std::path::{Path, PathBuf};

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A name, a keyword or a number.
    Word(String),
    /// A string literal, as the program sees it.
    Text(String),
    /// Any other character.
    Mark(char),
}

/// One token, and the line it begins on.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Counted from one.
    pub line: usize,
    /// What it is.
    pub kind: Kind,
}

impl Token {
    /// Whether it is this name or keyword.
    pub fn is_word(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Word(text) if text == word)
    }

    /// Whether it is this character.
    pub fn is_mark(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }

    /// The name, when it is one.
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(text) => Some(text),
            _ => None,
        }
    }
}

/// A file of the house.
pub struct File {
    /// Its path below the folder that was read.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Its tokens.
    pub tokens: Vec<Token>,
}

/// A path of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every Rust file below a folder of the repository, in the order of their paths.
pub fn files(folder: &str) -> Vec<File> {
    let root = repository(folder);
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a source file");
        let path = path.strip_prefix(&root).expect("below its folder").to_string_lossy().into_owned();
        File { path, tokens: tokens(&text), text }
    };
    paths.into_iter().map(read).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

/// The tokens of a text; comments and lifetimes are left out.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0, line: 1 };
    let mut found = Vec::new();
    while reader.at < reader.chars.len() {
        let line = reader.line;
        if let Some(kind) = reader.next() {
            found.push(Token { line, kind });
        }
    }
    found
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    line: usize,
}

impl Reader {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn bump(&mut self) -> char {
        let char = self.peek(0);
        self.line += usize::from(char == '\n');
        self.at += 1;
        char
    }

    fn next(&mut self) -> Option<Kind> {
        match (self.peek(0), self.peek(1)) {
            (space, _) if space.is_whitespace() => self.skip(),
            ('/', '/') => {
                while self.at < self.chars.len() && self.peek(0) != '\n' {
                    self.bump();
                }
                None
            }
            ('/', '*') => self.block_comment(),
            ('"', _) => Some(self.text()),
            ('r' | 'b', '"' | '#' | 'r' | '\'') if self.literal_prefix() > 0 => self.prefixed(),
            ('\'', _) => self.quote(),
            (letter, _) if letter.is_alphanumeric() || letter == '_' => Some(self.name()),
            _ => Some(Kind::Mark(self.bump())),
        }
    }

    fn skip(&mut self) -> Option<Kind> {
        self.bump();
        None
    }

    fn block_comment(&mut self) -> Option<Kind> {
        let mut depth = 0;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    self.bump();
                    continue;
                }
            }
            self.bump();
            self.bump();
            if depth == 0 {
                break;
            }
        }
        None
    }

    fn name(&mut self) -> Kind {
        let mut name = String::new();
        while self.peek(0).is_alphanumeric() || self.peek(0) == '_' {
            name.push(self.bump());
        }
        Kind::Word(name)
    }

    /// How long the prefix of a literal such as `r#"…"#`, `b"…"` or `b'…'` is; nothing when there is no literal.
    fn literal_prefix(&self) -> usize {
        let letters = (0..3).take_while(|ahead| matches!(self.peek(*ahead), 'r' | 'b')).count();
        let hashes = (letters..self.chars.len()).take_while(|ahead| self.peek(*ahead) == '#').count();
        match self.peek(letters + hashes) {
            '"' => letters,
            '\'' if hashes == 0 && letters == 1 => letters,
            _ => 0,
        }
    }

    fn prefixed(&mut self) -> Option<Kind> {
        let is_raw = self.peek(0) == 'r' || self.peek(1) == 'r';
        for _ in 0..self.literal_prefix() {
            self.bump();
        }
        match self.peek(0) {
            '\'' => self.quote(),
            _ if is_raw => Some(self.raw_text()),
            _ => Some(self.text()),
        }
    }

    fn raw_text(&mut self) -> Kind {
        let mut hashes = 0;
        while self.peek(0) == '#' {
            hashes += 1;
            self.bump();
        }
        self.bump();
        let mut text = String::new();
        while self.at < self.chars.len() {
            if self.peek(0) == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == '#') {
                self.at += hashes + 1;
                break;
            }
            text.push(self.bump());
        }
        Kind::Text(text)
    }

    fn text(&mut self) -> Kind {
        self.bump();
        let mut text = String::new();
        while self.at < self.chars.len() {
            match self.bump() {
                '"' => break,
                '\\' => self.escape(&mut text),
                char => text.push(char),
            }
        }
        Kind::Text(text)
    }

    fn escape(&mut self, text: &mut String) {
        match self.bump() {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            // The line goes on where its next word begins.
            '\n' => {
                while self.peek(0).is_whitespace() {
                    self.bump();
                }
            }
            other => text.push(other),
        }
    }

    /// A character literal or a lifetime: neither says anything here.
    fn quote(&mut self) -> Option<Kind> {
        self.bump();
        if self.peek(0) == '\\' {
            self.bump();
            self.bump();
            while self.at < self.chars.len() && self.bump() != '\'' {}
        } else if self.peek(1) == '\'' {
            self.bump();
            self.bump();
        } else {
            self.name();
        }
        None
    }
}

/// The place after the bracket that closes the one at `open`.
pub fn after_bracket(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Mark('(' | '[' | '{') => depth += 1,
            Kind::Mark(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// The tokens without the items under `#[cfg(test)]`, and how many lines those take.
pub fn without_tests(tokens: &[Token]) -> (Vec<Token>, usize) {
    let mut kept = Vec::new();
    let (mut at, mut lines) = (0, 0);
    while at < tokens.len() {
        if is_test_attribute(&tokens[at..]) {
            let end = item_end(tokens, at);
            lines += tokens[end - 1].line - tokens[at].line + 1;
            at = end;
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    (kept, lines)
}

fn is_test_attribute(tokens: &[Token]) -> bool {
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is_word(word));
    tokens[0].is_mark('#') && is(2, "cfg") && is(4, "test")
}

fn item_end(tokens: &[Token], from: usize) -> usize {
    let mut at = from;
    while at < tokens.len() {
        match tokens[at].kind {
            Kind::Mark('{') => return after_bracket(tokens, at),
            Kind::Mark(';') => return at + 1,
            Kind::Mark('(' | '[') => at = after_bracket(tokens, at),
            _ => at += 1,
        }
    }
    tokens.len()
}

#[test]
fn code_is_told_from_comments_strings_and_lifetimes() {
    let text = "fn a<'x>(b: &'x str) { /* c */ r#\"d\"e\"#; \"f\\\"g \\\n   h\"; '\"'; b'i' } // j";
    let shown: Vec<String> = tokens(text)
        .iter()
        .filter_map(|token| match &token.kind {
            Kind::Word(word) => Some(word.clone()),
            Kind::Text(text) => Some(format!("<{text}>")),
            Kind::Mark(_) => None,
        })
        .collect();
    assert_eq!(shown, ["fn", "a", "b", "str", "<d\"e>", "<f\"g h>"]);
}

#[test]
fn items_under_test_are_left_out_with_their_lines() {
    let (kept, lines) = without_tests(&tokens("fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() {}\n}\nfn c() {}"));
    let words: Vec<&str> = kept.iter().filter_map(Token::word).collect();
    assert_eq!((words.as_slice(), lines), (["fn", "a", "fn", "c"].as_slice(), 4));
}
