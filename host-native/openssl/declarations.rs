//! The declarations of `src/ffi.rs` as a C file, which compiles only where each of them is that of OpenSSL's headers.
//!
//! ```text
//!   pub fn SSL_key_update(s: *mut SSL, kind: c_int) -> c_int;   int (*f_..)(SSL *, int) = SSL_key_update;
//!   pub const SSL_CB_LOOP: c_int = 0x01;                        _Static_assert(SSL_CB_LOOP == (0x01), ..);
//!   pub enum UI {}                                              UI *t_UI;
//!   #[repr(C)] pub struct S { pub f: c_int }                    size, and place and type of each field
//! ```
//!
//! A constant's name in C is what its own documentation has between backticks, else its own name, behind what the
//! documentation of its module has there before an ellipsis. What is not understood is an error: nothing is left out in
//! silence. `const` is not compared, because later headers add it; `#define const` takes it away on both sides.
use std::fmt::Write;

use syn::punctuated::Punctuated;
use syn::{
    Attribute, BinOp, Expr, ExprBinary, ExprUnary, Fields, FnArg, ForeignItem, ForeignItemFn, GenericArgument, Item,
    ItemConst, ItemStruct, Lit, Meta, PathArguments, ReturnType, Token, Type, UnOp,
};

/// Headers that all releases have.
const HEADERS: [&str; 21] = [
    "asn1", "bio", "crypto", "ec", "err", "evp", "http", "httperr", "objects", "ocsp", "params", "pem", "provider",
    "rand", "ssl", "store", "tls1", "ui", "x509", "x509_vfy", "x509v3",
];

/// Makes the file. `source`: the text of `ffi.rs`; `is_set`: whether a `cfg` word holds.
pub fn check(source: &str, is_set: &dyn Fn(&str) -> bool) -> Result<String, String> {
    let file = syn::parse_file(source).map_err(|error| error.to_string())?;
    let mut check = Check { source, is_set, aliases: Vec::new(), c: head(is_set) };
    check.items(&file.items, None)?;
    Ok(check.c)
}

fn head(is_set: &dyn Fn(&str) -> bool) -> String {
    // The system's headers come before `const` is gone; OpenSSL's find them included.
    let mut head = "#ifdef _WIN32\n#include <winsock2.h>\n#include <windows.h>\n#endif\n".to_owned();
    for name in ["inttypes", "limits", "stdarg", "stddef", "stdint", "stdio", "stdlib", "string", "time", "sys/types"] {
        writeln!(head, "#include <{name}.h>").unwrap();
    }
    head += "#define const\n#define OPENSSL_SUPPRESS_DEPRECATED\n";
    let optional = [("has_engine", "engine"), ("has_ech", "ech"), ("has_srp", "srp")];
    let optional = optional.into_iter().filter(|(word, _)| is_set(word)).map(|(_, name)| name);
    for name in HEADERS.into_iter().chain(optional) {
        writeln!(head, "#include <openssl/{name}.h>").unwrap();
    }
    // A name that the header makes another name of would be linked as that.
    head + "#define NAME_(name) #name\n#define NAME(name) NAME_(name)\n"
}

struct Check<'a> {
    source: &'a str,
    is_set: &'a dyn Fn(&str) -> bool,
    /// Names of types that the source gives itself.
    aliases: Vec<String>,
    c: String,
}

/// A module of constants.
struct Module {
    name: String,
    prefix: String,
}

impl Check<'_> {
    fn items(&mut self, items: &[Item], module: Option<&Module>) -> Result<(), String> {
        for item in items {
            match item {
                Item::Use(_) => {}
                Item::Const(item) if self.holds(&item.attrs)? => self.constant(item, module)?,
                Item::Mod(item) if self.holds(&item.attrs)? => {
                    let name = item.ident.to_string();
                    let prefix = quoted(&item.attrs).unwrap_or_default();
                    let prefix = prefix.strip_suffix('…').map(str::to_owned).unwrap_or_default();
                    let (_, items) = item.content.as_ref().ok_or_else(|| format!("mod {name} stands elsewhere"))?;
                    self.items(items, Some(&Module { name, prefix }))?;
                }
                Item::Enum(item) if self.holds(&item.attrs)? => {
                    let name = item.ident.to_string();
                    if !item.variants.is_empty() {
                        return Err(format!("enum {name} is not opaque"));
                    }
                    let c = named(&name);
                    writeln!(self.c, "{c} *t_{name};").unwrap();
                }
                Item::Type(item) if self.holds(&item.attrs)? => {
                    let (name, c) = (item.ident.to_string(), self.c_type(&item.ty)?);
                    writeln!(self.c, "typedef {c} rust_{name};").unwrap();
                    self.aliases.push(name);
                }
                Item::Struct(item) if self.holds(&item.attrs)? => self.structure(item)?,
                Item::ForeignMod(item) if self.holds(&item.attrs)? => {
                    for item in &item.items {
                        match item {
                            ForeignItem::Fn(function) if self.holds(&function.attrs)? => self.function(function)?,
                            ForeignItem::Fn(_) => {}
                            _ => return Err("an extern block declares something that is no function".into()),
                        }
                    }
                }
                Item::Const(_) | Item::Mod(_) | Item::Enum(_) | Item::Type(_) | Item::Struct(_) => {}
                Item::ForeignMod(_) => {}
                _ => return Err("an item is neither constant, type nor extern block".into()),
            }
        }
        Ok(())
    }

    fn function(&mut self, function: &ForeignItemFn) -> Result<(), String> {
        let name = &function.sig.ident;
        let arguments = function.sig.inputs.iter().map(|argument| match argument {
            FnArg::Typed(argument) => self.c_type(&argument.ty),
            FnArg::Receiver(_) => Err(format!("{name} is a method")),
        });
        let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
        let result = self.c_result(&function.sig.output)?;
        self.place(&format!("fn {name}("));
        let arguments = list(&arguments);
        writeln!(self.c, "{result} (*f_{name})({arguments}) = {name};").unwrap();
        let is_itself = format!("sizeof(NAME({name})) == sizeof(\"{name}\")");
        writeln!(self.c, "_Static_assert({is_itself}, \"{name} is a macro for another name\");").unwrap();
        Ok(())
    }

    fn constant(&mut self, constant: &ItemConst, module: Option<&Module>) -> Result<(), String> {
        let name = constant.ident.to_string();
        let (of, prefix) = module.map_or(("", ""), |module| (&module.name, &module.prefix));
        let c = quoted(&constant.attrs).unwrap_or_else(|| format!("{prefix}{name}"));
        let is_wide = matches!(self.c_type(&constant.ty)?.as_str(), "uint64_t");
        let value = value(&constant.expr, of, is_wide)?;
        self.place(&format!("const {name}:"));
        writeln!(self.c, "#define rust_{of}_{name} {value}").unwrap();
        writeln!(self.c, "_Static_assert({c} == rust_{of}_{name}, \"{c} is not {value}\");").unwrap();
        Ok(())
    }

    fn structure(&mut self, item: &ItemStruct) -> Result<(), String> {
        let name = item.ident.to_string();
        let Fields::Named(fields) = &item.fields else { return Err(format!("struct {name} has no named fields")) };
        let fields = fields.named.iter().map(|field| {
            let ident = field.ident.as_ref().ok_or("a field has no name")?.to_string();
            Ok((ident.trim_start_matches("r#").to_owned(), self.c_type(&field.ty)?))
        });
        let fields = fields.collect::<Result<Vec<_>, String>>()?;
        let c = named(&name);
        self.place(&format!("struct {name} "));
        let members: String = fields.iter().map(|(field, ty)| format!("__typeof__({ty}) {field}; ")).collect();
        writeln!(self.c, "typedef struct {{ {members}}} rust_struct_{name};").unwrap();
        let same_size = format!("sizeof({c}) == sizeof(rust_struct_{name})");
        writeln!(self.c, "_Static_assert({same_size}, \"{name} has another size\");").unwrap();
        for (field, ty) in fields {
            let same_place = format!("offsetof({c}, {field}) == offsetof(rust_struct_{name}, {field})");
            writeln!(self.c, "_Static_assert({same_place}, \"{name}.{field} stands elsewhere\");").unwrap();
            let same_type = format!("_Generic((({c} *)0)->{field}, {ty}: 1, default: 0)");
            writeln!(self.c, "_Static_assert({same_type}, \"{name}.{field} has another type\");").unwrap();
        }
        Ok(())
    }

    /// The compiler names the line of `ffi.rs` in what it says about the next.
    fn place(&mut self, words: &str) {
        if let Some(at) = self.source.find(words) {
            let line = self.source[..at].lines().count().max(1);
            writeln!(self.c, "#line {line} \"src/ffi.rs\"").unwrap();
        }
    }

    fn c_type(&self, ty: &Type) -> Result<String, String> {
        match ty {
            Type::Ptr(pointer) => Ok(self.c_type(&pointer.elem)? + " *"),
            Type::BareFn(function) => {
                let arguments = function.inputs.iter().map(|argument| self.c_type(&argument.ty));
                let arguments = list(&arguments.collect::<Result<Vec<_>, _>>()?);
                Ok(format!("__typeof__({} (*)({arguments}))", self.c_result(&function.output)?))
            }
            Type::Path(path) => {
                let last = path.path.segments.last().ok_or("a type has no name")?;
                match (last.ident.to_string().as_str(), &last.arguments) {
                    // Null is `None`.
                    ("Option", PathArguments::AngleBracketed(inner)) => match inner.args.first() {
                        Some(GenericArgument::Type(inner)) => self.c_type(inner),
                        _ => Err("an Option of no type".into()),
                    },
                    (name, PathArguments::None) if self.aliases.iter().any(|alias| alias == name) => {
                        Ok(format!("rust_{name}"))
                    }
                    (name, PathArguments::None) => Ok(named(name)),
                    (name, _) => Err(format!("{name} has arguments")),
                }
            }
            _ => Err("a type is neither name, pointer nor function".into()),
        }
    }

    fn c_result(&self, result: &ReturnType) -> Result<String, String> {
        match result {
            ReturnType::Default => Ok("void".into()),
            ReturnType::Type(_, ty) => self.c_type(ty),
        }
    }

    /// The `cfg` attributes hold.
    fn holds(&self, attributes: &[Attribute]) -> Result<bool, String> {
        let words = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        let metas = words.map(|attribute| attribute.parse_args::<Meta>().map_err(|error| error.to_string()));
        metas.map(|meta| self.is_true(&meta?)).try_fold(true, |all, holds| Ok(all & holds?))
    }

    fn is_true(&self, meta: &Meta) -> Result<bool, String> {
        match meta {
            // What tests call is checked in each build.
            Meta::Path(path) if path.is_ident("test") => Ok(true),
            Meta::Path(path) => Ok(path.get_ident().is_some_and(|word| (self.is_set)(&word.to_string()))),
            Meta::List(list) => {
                let inner = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
                let inner = inner.map_err(|error| error.to_string())?;
                let all = inner.iter().map(|meta| self.is_true(meta)).collect::<Result<Vec<_>, _>>()?;
                match list.path.get_ident().map(ToString::to_string).as_deref() {
                    Some("not") => Ok(!all.contains(&true)),
                    Some("all") => Ok(!all.contains(&false)),
                    Some("any") => Ok(all.contains(&true)),
                    _ => Err("a cfg of another kind".into()),
                }
            }
            Meta::NameValue(_) => Err("a cfg with a value".into()),
        }
    }
}

/// The name of a type in C.
fn named(rust: &str) -> String {
    let c = match rust {
        "c_char" => "char",
        "c_int" => "int",
        "c_long" => "long",
        "c_uchar" => "unsigned char",
        "c_uint" => "unsigned int",
        "c_ulong" => "unsigned long",
        "c_void" => "void",
        "u8" => "uint8_t",
        "u32" => "uint32_t",
        "u64" => "uint64_t",
        "usize" => "size_t",
        name if name.starts_with("stack_st_") => return format!("struct {name}"),
        name => name,
    };
    c.to_owned()
}

fn list(arguments: &[String]) -> String {
    if arguments.is_empty() { "void".into() } else { arguments.join(", ") }
}

/// What a documentation has first between backticks.
fn quoted(attributes: &[Attribute]) -> Option<String> {
    let mut lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(text) => match &text.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.find_map(|line| Some(line.split('`').nth(1)?.to_owned()))
}

/// An expression in C. `of`: the module whose constants it names.
fn value(expression: &Expr, of: &str, is_wide: bool) -> Result<String, String> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => Ok(format!("{}{}", number.base10_digits(), if is_wide { "ULL" } else { "" })),
            _ => Err("a constant is no number".into()),
        },
        Expr::Paren(inner) => value(&inner.expr, of, is_wide),
        Expr::Path(path) => {
            let name = path.path.get_ident().ok_or("a constant stands in another module")?;
            Ok(format!("rust_{of}_{name}"))
        }
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => Ok(format!("(-{})", value(expr, of, is_wide)?)),
        Expr::Binary(ExprBinary { left, op, right, .. }) => {
            let sign = match op {
                BinOp::BitOr(_) => "|",
                BinOp::Shl(_) => "<<",
                _ => return Err("a constant is computed in another way".into()),
            };
            Ok(format!("({} {sign} {})", value(left, of, is_wide)?, value(right, of, is_wide)?))
        }
        _ => Err("a constant is no expression of numbers".into()),
    }
}
