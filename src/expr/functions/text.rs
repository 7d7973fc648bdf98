//! Functions of text and URLs.

use url::Url;

use super::super::{LONGEST_LIST, LONGEST_TEXT, Val};
use super::{Function, Want, bool_type, expected, pattern, text_of, text_type, texts_type};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "contains",
        signature: "contains(text, part) bool",
        meaning: "whether the text has the part in it; of a list use `in`",
        example: "'rdap_level_0'.contains('level')",
        result: "true",
        least: 2,
        params: &[Want::Text, Want::Text],
        yields: bool_type,
        run: contains,
    },
    Function {
        name: "startsWith",
        signature: "startsWith(text, part) bool",
        meaning: "whether the text begins with the part",
        example: "'rdap_level_0'.startsWith('rdap_')",
        result: "true",
        least: 2,
        params: &[Want::Text, Want::Text],
        yields: bool_type,
        run: starts_with,
    },
    Function {
        name: "endsWith",
        signature: "endsWith(text, part) bool",
        meaning: "whether the text ends with the part",
        example: "'rdap_level_0'.endsWith('_1')",
        result: "false",
        least: 2,
        params: &[Want::Text, Want::Text],
        yields: bool_type,
        run: ends_with,
    },
    Function {
        name: "matches",
        signature: "matches(text, pattern) bool",
        meaning: "whether the pattern is found in the text; `^` and `$` hold it to the ends",
        example: "'2026-11-21T00:00:00Z'.matches('^[0-9]{4}-.*Z$')",
        result: "true",
        least: 2,
        params: &[Want::Text, Want::Text],
        yields: bool_type,
        run: matches,
    },
    Function {
        name: "lower",
        signature: "lower(text) text",
        meaning: "the text in lower case",
        example: "lower('EXAMPLE-RIPE')",
        result: "example-ripe",
        least: 1,
        params: &[Want::Text],
        yields: text_type,
        run: lower,
    },
    Function {
        name: "upper",
        signature: "upper(text) text",
        meaning: "the text in upper case",
        example: "upper('as64500')",
        result: "AS64500",
        least: 1,
        params: &[Want::Text],
        yields: text_type,
        run: upper,
    },
    Function {
        name: "trim",
        signature: "trim(text) text",
        meaning: "the text without white space at its ends",
        example: "trim(' a b ')",
        result: "a b",
        least: 1,
        params: &[Want::Text],
        yields: text_type,
        run: trim,
    },
    Function {
        name: "replace",
        signature: "replace(text, part, other) text",
        meaning: "the text with every such part replaced",
        example: "replace('2001:db8::1', ':', '%3A')",
        result: "2001%3Adb8%3A%3A1",
        least: 3,
        params: &[Want::Text, Want::Text, Want::Text],
        yields: text_type,
        run: replace,
    },
    Function {
        name: "split",
        signature: "split(text, separator) list",
        meaning: "the parts between the separators; the text alone if there are none",
        example: "split('a,b', ',')",
        result: "[a, b]",
        least: 2,
        params: &[Want::Text, Want::Text],
        yields: texts_type,
        run: split,
    },
    Function {
        name: "join",
        signature: "join(list, separator) text",
        meaning: "the texts of a list with the separator between them",
        example: "join(['a', 'b'], '-')",
        result: "a-b",
        least: 2,
        params: &[Want::List, Want::Text],
        yields: text_type,
        run: join,
    },
    Function {
        name: "string",
        signature: "string(x) text",
        meaning: "any value as text, units included",
        example: "string(5) + string(kib(1))",
        result: "51024 B",
        least: 1,
        params: &[Want::Any],
        yields: text_type,
        run: string,
    },
    Function {
        name: "scheme",
        signature: "scheme(url) text",
        meaning: "the scheme of an absolute URL; refuses other text",
        example: "scheme('https://rdap.example/ip/192.0.2.1')",
        result: "https",
        least: 1,
        params: &[Want::Text],
        yields: text_type,
        run: scheme,
    },
    Function {
        name: "host",
        signature: "host(url) text",
        meaning: "the host of an absolute URL in lower case, empty without one; refuses other text",
        example: "host('https://RDAP.example:443/help')",
        result: "rdap.example",
        least: 1,
        params: &[Want::Text],
        yields: text_type,
        run: host,
    },
    Function {
        name: "path",
        signature: "path(url) text",
        meaning: "the path of an absolute URL; refuses other text",
        example: "path('https://rdap.example/ip/192.0.2.1?x=1')",
        result: "/ip/192.0.2.1",
        least: 1,
        params: &[Want::Text],
        yields: text_type,
        run: path,
    },
    Function {
        name: "query",
        signature: "query(url) text",
        meaning: "the query of an absolute URL without `?`, empty without one; refuses other text",
        example: "query('https://rdap.example/ips?name=x')",
        result: "name=x",
        least: 1,
        params: &[Want::Text],
        yields: text_type,
        run: query,
    },
    Function {
        name: "is_url",
        signature: "is_url(text) bool",
        meaning: "whether the text is an absolute URL",
        example: "is_url('//rdap.example/help')",
        result: "false",
        least: 1,
        params: &[Want::Text],
        yields: bool_type,
        run: is_url,
    },
];

fn contains<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(Val::Bool(text_of(args, 0)?.contains(text_of(args, 1)?)))
}

fn starts_with<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(Val::Bool(text_of(args, 0)?.starts_with(text_of(args, 1)?)))
}

fn ends_with<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(Val::Bool(text_of(args, 0)?.ends_with(text_of(args, 1)?)))
}

fn matches<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let text = text_of(args, 0)?;
    Ok(Val::Bool(pattern(text_of(args, 1)?)?.is_match(text)))
}

fn lower<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(Val::text(text_of(args, 0)?.to_lowercase()))
}

fn upper<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(Val::text(text_of(args, 0)?.to_uppercase()))
}

fn trim<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(Val::text(text_of(args, 0)?.trim()))
}

fn replace<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let (text, part, other) = (text_of(args, 0)?, text_of(args, 1)?, text_of(args, 2)?);
    if part.is_empty() {
        return Err("the part to replace is empty".to_owned());
    }
    let most = text
        .len()
        .saturating_add((text.len() / part.len()).saturating_mul(other.len()));
    if most > LONGEST_TEXT {
        return Err(format!(
            "text might become longer than {LONGEST_TEXT} octets"
        ));
    }
    Ok(Val::text(text.replace(part, other)))
}

fn split<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let (text, separator) = (text_of(args, 0)?, text_of(args, 1)?);
    if separator.is_empty() {
        return Err("the separator is empty".to_owned());
    }
    let parts: Vec<&str> = text.split(separator).take(LONGEST_LIST + 1).collect();
    if parts.len() > LONGEST_LIST {
        return Err(format!("list would have more than {LONGEST_LIST} items"));
    }
    Ok(Val::list(parts.into_iter().map(Val::text)))
}

fn join<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let separator = text_of(args, 1)?;
    let Some(Val::List(list)) = args.first() else {
        return Err(expected("a list", args.first()));
    };
    let mut joined = String::new();
    for (at, item) in list.iter().enumerate() {
        let text = item
            .as_text()
            .ok_or_else(|| expected("a list of texts", Some(&item)))?;
        if joined
            .len()
            .saturating_add(separator.len())
            .saturating_add(text.len())
            > LONGEST_TEXT
        {
            return Err(format!("text would be longer than {LONGEST_TEXT} octets"));
        }
        if at > 0 {
            joined.push_str(separator);
        }
        joined.push_str(text);
    }
    Ok(Val::text(joined))
}

fn string<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(Val::text(args.first().map(Val::render).unwrap_or_default()))
}

fn url_of(args: &[Val<'_>]) -> Result<Url, String> {
    let text = text_of(args, 0)?;
    Url::parse(text).map_err(|error| {
        let shown: String = text.chars().take(100).collect();
        format!("`{shown}` is not an absolute URL: {error}")
    })
}

fn scheme<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(Val::text(url_of(args)?.scheme()))
}

fn host<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(Val::text(
        url_of(args)?.host_str().unwrap_or_default().to_lowercase(),
    ))
}

fn path<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(Val::text(url_of(args)?.path()))
}

fn query<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(Val::text(url_of(args)?.query().unwrap_or_default()))
}

fn is_url<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(Val::Bool(Url::parse(text_of(args, 0)?).is_ok()))
}
