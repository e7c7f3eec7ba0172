//! Keys as people make them, for measuring how well they are cut

/// SplitMix64: numbers that look random and are the same in every run.
pub(super) fn mix(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

pub(super) fn keys(name: &str, count: usize) -> Vec<String> {
    let one = |n: usize| {
        let r = mix(n as u64);
        match name {
            // Evenly over five years.
            "date tree" => {
                let (year, month, day) = (2020 + r % 5, 1 + (r >> 8) % 12, 1 + (r >> 16) % 28);
                format!("logs/{year}/{month:02}/{day:02}/{:08x}.gz", mix(r) as u32)
            }
            "date tree 31" => {
                let (year, month, day) = (2020 + r % 5, 1 + (r >> 8) % 12, 1 + (r >> 16) % 31);
                let (hour, minute) = ((r >> 24) % 24, (r >> 32) % 60);
                format!(
                    "logs/{year}-{month:02}-{day:02}/{hour:02}/{minute:02}-{:06}.log.gz",
                    mix(r) % 1_000_000
                )
            }
            "hex" => format!("{r:016x}"),
            "hex bin" => format!("data/{:08x}.bin", r as u32),
            "sequential" => format!("upload-{n:08}"),
            "unpadded" => format!("file{n}.dat"),
            "skewed" => {
                let which = r % 100;
                match which {
                    0..90 => format!("tenants/acme/{:010}", mix(r) % 10_000_000_000),
                    90..97 => format!("tenants/b{}/{:06}", (r >> 8) % 50, mix(r) % 1_000_000),
                    _ => format!("{}/{:x}", char::from(b'a' + (r >> 8) as u8 % 26), mix(r)),
                }
            }
            "zipf" => {
                let u = ((r >> 11) as f64 / (1_u64 << 53) as f64).max(1e-9);
                let user = (5000_f64.powf(u)) as usize;
                format!(
                    "users/{:05}/{:08x}",
                    mix(user as u64) % 100_000,
                    mix(r) as u32
                )
            }
            "unicode" => {
                let blocks = [
                    (0x430, 32),
                    (0x4e00, 20_000),
                    (0x1f300, 500),
                    (0xac00, 11_000),
                    (0x61, 26),
                ];
                let mut r = r;
                let mut text = String::new();
                for _ in 0..6 {
                    let (first, count) = blocks[(r % 5) as usize];
                    r = mix(r);
                    text.push(char::from_u32(first + (r % count) as u32).unwrap());
                    r = mix(r);
                }
                text
            }
            "cyrillic" => {
                let mut r = r;
                (0..8)
                    .map(|_| {
                        r = mix(r);
                        char::from_u32(0x430 + (r % 32) as u32).unwrap()
                    })
                    .collect()
            }
            "words" => {
                const W: [&str; 12] = [
                    "alpha", "backup", "customer", "delta", "export", "final", "image", "raw",
                    "report", "video", "weekly", "zeta",
                ];
                format!(
                    "{}/{}-{}/{:06}.tmp",
                    W[(r % 12) as usize],
                    W[(r >> 8) as usize % 12],
                    W[(r >> 16) as usize % 12],
                    mix(r) % 1_000_000
                )
            }
            "uuid" => format!(
                "uploads/{:08x}-{:04x}-4{:03x}-{:012x}",
                r as u32,
                (r >> 32) as u16,
                (r >> 48) & 0xfff,
                mix(r) & 0xffff_ffff_ffff
            ),
            "one key" => "same".to_owned(),
            "base64" => {
                const A: &[u8] =
                    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
                let mut r = r;
                (0..12)
                    .map(|_| {
                        r = mix(r);
                        char::from(A[(r % 64) as usize])
                    })
                    .collect()
            }
            _ => panic!(),
        }
    };
    (0..count).map(one).collect()
}

pub(super) const SHAPES: [&str; 14] = [
    "date tree",
    "date tree 31",
    "hex",
    "hex bin",
    "sequential",
    "unpadded",
    "skewed",
    "zipf",
    "unicode",
    "cyrillic",
    "words",
    "uuid",
    "base64",
    "one key",
];
