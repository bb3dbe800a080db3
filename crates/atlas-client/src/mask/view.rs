//! Unescaped views of a text: with one or two escapings undone, and the position of each byte in the original text.
//!
//! It doesn't depend on what is searched for.

/// Bytes, and the span of the original text that each of them comes from.
#[derive(Clone)]
pub(super) struct View {
    pub(super) bytes: Vec<u8>,
    spans: Vec<(usize, usize)>,
}

/// Decodes an escaped character at the beginning of some bytes: its length, and the bytes that it stands for.
type Unescape = fn(&[u8]) -> Option<(usize, Vec<u8>)>;

const UNESCAPES: [Unescape; 4] = [percent, form, json, html];

/// The text as it is, and with each escaping and each pair of escapings undone.
pub(super) fn all(text: &str) -> Vec<View> {
    let undone = |views: &[View]| -> Vec<View> {
        views.iter().flat_map(|view| UNESCAPES.iter().filter_map(|unescape| view.unescaped(*unescape))).collect()
    };
    let mut views = vec![View::new(text)];
    let once = undone(&views);
    let twice = undone(&once);
    views.extend(once);
    views.extend(twice);
    views
}

impl View {
    pub(super) fn new(text: &str) -> Self {
        Self { bytes: text.as_bytes().to_vec(), spans: (0..text.len()).map(|at| (at, at + 1)).collect() }
    }

    /// The span of the original text that these bytes come from.
    pub(super) fn source(&self, start: usize, end: usize) -> (usize, usize) {
        (self.spans[start].0, self.spans[end - 1].1)
    }

    /// Replaces each run of whitespace and control characters with one space.
    pub(super) fn collapsed(&self) -> Self {
        let mut collapsed = Self { bytes: Vec::with_capacity(self.bytes.len()), spans: Vec::new() };
        let mut was_blank = false;
        for (byte, span) in self.bytes.iter().zip(&self.spans) {
            let is_blank = *byte <= b' ' || *byte == 0x7f;
            match collapsed.spans.last_mut() {
                Some(last) if is_blank && was_blank => last.1 = span.1,
                _ => collapsed.push(if is_blank { b' ' } else { *byte }, *span),
            }
            was_blank = is_blank;
        }
        collapsed
    }

    /// `None` where nothing is escaped.
    fn unescaped(&self, unescape: Unescape) -> Option<Self> {
        let mut undone = Self { bytes: Vec::with_capacity(self.bytes.len()), spans: Vec::new() };
        let mut at = 0;
        while at < self.bytes.len() {
            if let Some((taken, bytes)) = unescape(&self.bytes[at..]) {
                let span = self.source(at, at + taken);
                bytes.into_iter().for_each(|byte| undone.push(byte, span));
                at += taken;
            } else {
                undone.push(self.bytes[at], self.spans[at]);
                at += 1;
            }
        }
        (undone.bytes != self.bytes).then_some(undone)
    }

    fn push(&mut self, byte: u8, span: (usize, usize)) {
        self.bytes.push(byte);
        self.spans.push(span);
    }
}

/// RFC 3986, section 2.1.
fn percent(bytes: &[u8]) -> Option<(usize, Vec<u8>)> {
    let [b'%', high, low, ..] = bytes else { return None };
    let byte = u8::try_from(number(&[*high, *low], 16)?).ok()?;
    Some((3, vec![byte]))
}

/// `application/x-www-form-urlencoded`.
fn form(bytes: &[u8]) -> Option<(usize, Vec<u8>)> {
    if bytes[0] == b'+' { Some((1, vec![b' '])) } else { percent(bytes) }
}

/// RFC 8259, section 7, and the escaped apostrophe of JavaScript.
fn json(bytes: &[u8]) -> Option<(usize, Vec<u8>)> {
    let [b'\\', kind, rest @ ..] = bytes else { return None };
    let byte = match kind {
        b'"' | b'\\' | b'/' | b'\'' => *kind,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return unicode(rest),
        _ => return None,
    };
    Some((2, vec![byte]))
}

/// The rest of a `\u` escape: four hexadecimal digits, and a second escape where they are half of a surrogate pair.
fn unicode(rest: &[u8]) -> Option<(usize, Vec<u8>)> {
    let unit = |digits: &[u8]| u16::try_from(number(digits.get(..4)?, 16)?).ok();
    let first = unit(rest)?;
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Some((6, encoded(character)));
    }
    let second = unit(rest.get(4..)?.strip_prefix(b"\\u")?)?;
    let character = char::decode_utf16([first, second]).next()?.ok()?;
    Some((12, encoded(character)))
}

/// A character reference: a name of ASCII punctuation or Latin-1, or a number.
fn html(bytes: &[u8]) -> Option<(usize, Vec<u8>)> {
    let [b'&', rest @ ..] = bytes else { return None };
    // The longest name has 7 letters. A number may have leading zeros.
    let end = rest.iter().take(12).position(|byte| *byte == b';')?;
    let character = match &rest[..end] {
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        name => named(name)?,
    };
    Some((end + 2, encoded(character)))
}

fn named(name: &[u8]) -> Option<char> {
    let name = std::str::from_utf8(name).ok()?;
    if let Some((_, character)) = PUNCTUATION.iter().find(|(known, _)| *known == name) {
        return Some(*character);
    }
    let at = LATIN_1.split_ascii_whitespace().position(|known| known == name)?;
    char::from_u32(0xa0 + u32::try_from(at).ok()?)
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let is_digit = |byte: &u8| char::from(*byte).is_digit(radix);
    // `from_str_radix` would accept a sign.
    if !digits.iter().all(is_digit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

fn encoded(character: char) -> Vec<u8> {
    character.encode_utf8(&mut [0; 4]).as_bytes().to_vec()
}

const PUNCTUATION: [(&str, char); 37] = [
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("excl", '!'),
    ("quot", '"'),
    ("num", '#'),
    ("dollar", '$'),
    ("percnt", '%'),
    ("amp", '&'),
    ("AMP", '&'),
    ("apos", '\''),
    ("lpar", '('),
    ("rpar", ')'),
    ("ast", '*'),
    ("plus", '+'),
    ("comma", ','),
    ("period", '.'),
    ("sol", '/'),
    ("colon", ':'),
    ("semi", ';'),
    ("lt", '<'),
    ("LT", '<'),
    ("equals", '='),
    ("gt", '>'),
    ("GT", '>'),
    ("quest", '?'),
    ("commat", '@'),
    ("lsqb", '['),
    ("lbrack", '['),
    ("bsol", '\\'),
    ("rsqb", ']'),
    ("rbrack", ']'),
    ("Hat", '^'),
    ("lowbar", '_'),
    ("grave", '`'),
    ("lcub", '{'),
    ("verbar", '|'),
    ("rcub", '}'),
];

/// The names of U+00A0 to U+00FF, in order.
const LATIN_1: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 \
    sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring \
    AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash \
    Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml \
    igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn \
    yuml";
