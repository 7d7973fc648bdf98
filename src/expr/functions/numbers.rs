//! Functions of numbers, sizes, durations and times.

use jiff::{SignedDuration, Timestamp};

use super::super::operate::{self, to_double, to_int};
use super::super::{Type, Val};
use super::{Function, Want, double_type, expected, int_type, same_type, text_of};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "abs",
        signature: "abs(x) value",
        meaning: "a number or duration without its sign",
        example: "abs(-5)",
        result: "5",
        least: 1,
        params: &[Want::Quantity],
        yields: same_type,
        run: abs,
    },
    Function {
        name: "ratio",
        signature: "ratio(a, b) number",
        meaning: "a divided by b, of numbers, sizes or durations; refuses zero below",
        example: "ratio(kib(1), kib(4))",
        result: "0.25",
        least: 2,
        params: &[Want::Quantity, Want::Quantity],
        yields: double_type,
        run: ratio,
    },
    Function {
        name: "int",
        signature: "int(x) int",
        meaning: "text or a number as a whole number, fraction cut; octets of a size; seconds of a duration; Unix seconds of a time",
        example: "int('42') + int(2.9)",
        result: "44",
        least: 1,
        params: &[Want::Any],
        yields: int_type,
        run: int,
    },
    Function {
        name: "double",
        signature: "double(x) number",
        meaning: "text or a number as a number with a fraction; seconds of a duration",
        example: "double(1) / double(4)",
        result: "0.25",
        least: 1,
        params: &[Want::Any],
        yields: double_type,
        run: double,
    },
    Function {
        name: "bytes",
        signature: "bytes(n) size",
        meaning: "a size of so many octets",
        example: "bytes(10) < kib(1)",
        result: "true",
        least: 1,
        params: &[Want::Number],
        yields: bytes_type,
        run: bytes,
    },
    Function {
        name: "kib",
        signature: "kib(n) size",
        meaning: "a size of so many times 1,024 octets",
        example: "kib(2)",
        result: "2048 B",
        least: 1,
        params: &[Want::Number],
        yields: bytes_type,
        run: kib,
    },
    Function {
        name: "mib",
        signature: "mib(n) size",
        meaning: "a size of so many times 1,048,576 octets",
        example: "mib(1) == kib(1024)",
        result: "true",
        least: 1,
        params: &[Want::Number],
        yields: bytes_type,
        run: mib,
    },
    Function {
        name: "seconds",
        signature: "seconds(n) duration",
        meaning: "so many seconds",
        example: "seconds(90) == duration('1m30s')",
        result: "true",
        least: 1,
        params: &[Want::Number],
        yields: duration_type,
        run: seconds,
    },
    Function {
        name: "minutes",
        signature: "minutes(n) duration",
        meaning: "so many minutes",
        example: "minutes(90) == duration('1h30m')",
        result: "true",
        least: 1,
        params: &[Want::Number],
        yields: duration_type,
        run: minutes,
    },
    Function {
        name: "hours",
        signature: "hours(n) duration",
        meaning: "so many hours",
        example: "hours(36) == days(1.5)",
        result: "true",
        least: 1,
        params: &[Want::Number],
        yields: duration_type,
        run: hours,
    },
    Function {
        name: "days",
        signature: "days(n) duration",
        meaning: "so many days of 24 hours; CEL's `duration` knows none",
        example: "days(2) == hours(48)",
        result: "true",
        least: 1,
        params: &[Want::Number],
        yields: duration_type,
        run: days,
    },
    Function {
        name: "duration",
        signature: "duration(text) duration",
        meaning: "a duration written with h, m, s, ms, us or ns, such as `1h30m`; days are `days(n)`",
        example: "duration('1h') > duration('59m')",
        result: "true",
        least: 1,
        params: &[Want::Text],
        yields: duration_type,
        run: duration,
    },
    Function {
        name: "timestamp",
        signature: "timestamp(text) time",
        meaning: "a time written as RFC 3339 says, with its offset",
        example: "timestamp('2026-01-02T00:00:00Z') - timestamp('2026-01-01T12:00:00+12:00') == days(1)",
        result: "true",
        least: 1,
        params: &[Want::Text],
        yields: time_type,
        run: timestamp,
    },
];

const fn bytes_type(_: &[Type]) -> Type {
    Type::Bytes
}

const fn duration_type(_: &[Type]) -> Type {
    Type::Duration
}

const fn time_type(_: &[Type]) -> Type {
    Type::Time
}

fn abs<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    match args.first() {
        Some(value @ Val::Int(..=-1)) => operate::negate(value),
        Some(Val::Double(double)) => Ok(Val::Double(double.abs())),
        Some(value @ Val::Duration(duration)) if duration.is_negative() => operate::negate(value),
        Some(value @ (Val::Int(_) | Val::Bytes(_) | Val::Duration(_))) => Ok(value.clone()),
        other => Err(expected(Want::Quantity.words(), other)),
    }
}

fn ratio<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    match args {
        [a, b] => operate::ratio(a, b).map(Val::Double),
        _ => Err("two values are expected".to_owned()),
    }
}

fn int<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let beyond = || "beyond whole numbers of 64 bits".to_owned();
    Ok(Val::Int(match args.first() {
        Some(Val::Int(int)) => *int,
        Some(Val::Double(double)) => to_int(double.trunc()).ok_or_else(beyond)?,
        Some(Val::Bytes(bytes)) => i64::try_from(*bytes).map_err(|_| beyond())?,
        Some(Val::Duration(duration)) => duration.as_secs(),
        Some(Val::Time(time)) => time.as_second(),
        Some(Val::Text(text)) => {
            let shown: String = text.chars().take(50).collect();
            text.parse()
                .map_err(|_| format!("`{shown}` is not a whole number"))?
        }
        other => {
            return Err(expected(
                "text, a number, a size, a duration or a time",
                other,
            ));
        }
    }))
}

fn double<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(Val::Double(match args.first() {
        Some(Val::Int(int)) => to_double(*int),
        Some(Val::Double(double)) => *double,
        Some(Val::Duration(duration)) => duration.as_secs_f64(),
        Some(Val::Text(text)) => {
            let shown: String = text.chars().take(50).collect();
            text.parse()
                .map_err(|_| format!("`{shown}` is not a number"))?
        }
        other => return Err(expected("text, a number or a duration", other)),
    }))
}

/// Returns so many of a unit of octets.
fn sized<'e>(args: &[Val<'e>], unit: u64) -> Result<Val<'e>, String> {
    match args.first() {
        Some(number @ (Val::Int(_) | Val::Double(_))) => {
            operate::apply(super::super::tree::Op::Multiply, &Val::Bytes(unit), number)
        }
        other => Err(expected("a number", other)),
    }
}

fn bytes<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    sized(args, 1)
}

fn kib<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    sized(args, 1 << 10)
}

fn mib<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    sized(args, 1 << 20)
}

/// Returns so many of a unit of seconds.
fn lasting<'e>(args: &[Val<'e>], unit: i64) -> Result<Val<'e>, String> {
    match args.first() {
        Some(number @ (Val::Int(_) | Val::Double(_))) => {
            let unit = Val::Duration(SignedDuration::from_secs(unit));
            operate::apply(super::super::tree::Op::Multiply, &unit, number)
        }
        other => Err(expected("a number", other)),
    }
}

fn seconds<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    lasting(args, 1)
}

fn minutes<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    lasting(args, 60)
}

fn hours<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    lasting(args, 3_600)
}

fn days<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    lasting(args, 86_400)
}

fn duration<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let text = text_of(args, 0)?;
    let shown: String = text.chars().take(50).collect();
    let refuse = || format!("`{shown}` is not a duration; expected `90s`, `1h30m`, or `days(n)`");
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest.is_empty() || rest.len() > 100 {
        return Err(refuse());
    }
    let mut total = SignedDuration::ZERO;
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(refuse)?;
        let (number, unit) = rest.split_at_checked(end).ok_or_else(refuse)?;
        let number: f64 = number.parse().map_err(|_| refuse())?;
        let units = [
            ("ns", 1e-9),
            ("us", 1e-6),
            ("ms", 1e-3),
            ("h", 3_600.0),
            ("m", 60.0),
            ("s", 1.0),
        ];
        let (word, factor) = units
            .into_iter()
            .find(|(word, _)| unit.starts_with(word))
            .ok_or_else(refuse)?;
        let part = SignedDuration::try_from_secs_f64(number * factor).map_err(|_| refuse())?;
        total = total.checked_add(part).ok_or_else(refuse)?;
        rest = unit.strip_prefix(word).unwrap_or_default();
    }
    let signed = if negative {
        total.checked_neg()
    } else {
        Some(total)
    };
    signed.map(Val::Duration).ok_or_else(refuse)
}

fn timestamp<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let text = text_of(args, 0)?;
    let time: Result<Timestamp, _> = text.parse();
    time.map(Val::Time).map_err(|_| {
        let shown: String = text.chars().take(50).collect();
        format!("`{shown}` is not a time; expected `2026-01-01T00:00:00Z`")
    })
}
