#!/usr/bin/env python3
"""Makes events.jsonl and the results of the queries over them, q*.txt, without any of Millrace: the events come from this script, the results from SQLite.

The SQL says what the benchmark's SQL for Flink says (https://github.com/nexmark/nexmark), where a query revises its results the last ones; what SQLite lacks is written
otherwise: windows are computed from the time, decimals in thousandths, and times are milliseconds since the Unix epoch.

    python3 golden.py       # writes the files beside this script; the same ones each time
"""
import json
import os
import random
import sqlite3

HERE = os.path.dirname(os.path.abspath(__file__))
BASE = 1_436_918_400_000 + 5 * 3_600_000   # 2015-07-15 05:00
JUMPS = {150: 2 * 3_600_000, 300: 7 * 3_600_000, 450: 19 * 3_600_000 - 3_000}   # to 07:00, 12:00 and shortly before midnight
HOT = ["Google", "Facebook", "Baidu", "Apple"]
COLUMNS = {
    "person": ["id", "name", "emailAddress", "creditCard", "city", "state", "dateTime", "extra"],
    "auction": ["id", "itemName", "description", "initialBid", "reserve", "dateTime", "expires", "seller", "category", "extra"],
    "bid": ["auction", "bidder", "price", "channel", "url", "dateTime", "extra"],
}

# Sessions that touch are one.
SESSIONS = """
    SELECT bidder, count(*), min(dateTime), max(dateTime) + 10000 FROM (
        SELECT *, sum(CASE WHEN dateTime - before <= 10000 THEN 0 ELSE 1 END) OVER (PARTITION BY bidder ORDER BY dateTime, rowid) AS session FROM (
            SELECT rowid, bidder, dateTime, lag(dateTime) OVER (PARTITION BY bidder ORDER BY dateTime, rowid) AS before FROM bid))
    GROUP BY bidder, session"""
WINNERS = """
    SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY price DESC, bid_dateTime ASC, bid_row ASC) AS rownum FROM (
        SELECT A.*, B.auction, B.bidder, B.price, B.dateTime AS bid_dateTime, B.extra AS bid_extra, B.rowid AS bid_row
        FROM auction A JOIN bid B ON A.id = B.auction WHERE B.dateTime BETWEEN A.dateTime AND A.expires)"""
# 908 times a price may be more than 64 bits hold.
EUROS = "printf('%d.%03d', price / 1000 * 908 + price % 1000 * 908 / 1000, price % 1000 * 908 % 1000)"
RANKS = "price < 10000", "price >= 10000 AND price < 1000000", "price >= 1000000"
BIDS = "count(*), " + ", ".join(f"count(*) FILTER (WHERE {rank})" for rank in RANKS)
DAY = "strftime('%Y-%m-%d', dateTime / 1000, 'unixepoch')"
MINUTE = "strftime('%H:%M', dateTime / 1000, 'unixepoch')"
HOUR = "CAST(strftime('%H', dateTime / 1000, 'unixepoch') AS INTEGER)"
HOPS = """
    SELECT auction, count(*) AS num, ends.e AS endtime FROM bid JOIN (SELECT DISTINCT (dateTime / 2000 + k.value) * 2000 AS e FROM bid, json_each('[1,2,3,4,5]') k) ends
    ON bid.dateTime >= ends.e - 10000 AND bid.dateTime < ends.e GROUP BY auction, ends.e"""
URL_ID = "CASE WHEN instr(url, '&channel_id=') > 0 THEN substr(url, instr(url, '&channel_id=') + 12) WHEN url LIKE 'channel_id=%' THEN substr(url, 12) END"
URL_ID = f"CASE WHEN instr({URL_ID}, '&') > 0 THEN substr({URL_ID}, 1, instr({URL_ID}, '&') - 1) ELSE {URL_ID} END"
KNOWN = "CASE lower(channel) WHEN 'apple' THEN '0' WHEN 'google' THEN '1' WHEN 'facebook' THEN '2' WHEN 'baidu' THEN '3' END"


def distinct(column):
    return f"count(DISTINCT {column}), " + ", ".join(f"count(DISTINCT {column}) FILTER (WHERE {rank})" for rank in RANKS)


def directory(number):
    return f"json_extract('[\"' || replace(url, '/', '\",\"') || '\"]', '$[{number}]')"


QUERIES = {
    "q0": "SELECT auction, bidder, price, dateTime, extra FROM bid",
    "q1": f"SELECT auction, bidder, {EUROS}, dateTime, extra FROM bid",
    "q2": "SELECT auction, price FROM bid WHERE auction % 123 = 0",
    "q3": "SELECT P.name, P.city, P.state, A.id FROM auction A JOIN person P ON A.seller = P.id WHERE A.category = 10 AND P.state IN ('OR', 'ID', 'CA')",
    "q4": f"SELECT category, sum(price) / count(*) FROM ({WINNERS}) WHERE rownum = 1 GROUP BY category",
    "q5": f"SELECT auction, num, endtime FROM (SELECT *, max(num) OVER (PARTITION BY endtime) AS maxn FROM ({HOPS})) WHERE num >= maxn",
    "q7": """
        SELECT B.auction, B.bidder, B.price, B.dateTime, B.extra, B1.windowEnd FROM bid B
        JOIN (SELECT max(price) AS maxprice, dateTime / 10000 * 10000 + 10000 AS windowEnd FROM bid GROUP BY windowEnd) B1 ON B.price = B1.maxprice
        WHERE B.dateTime BETWEEN B1.windowEnd - 10000 AND B1.windowEnd""",
    "q8": """
        SELECT P.id, P.name, P.starttime FROM (SELECT DISTINCT id, name, dateTime / 10000 * 10000 AS starttime FROM person) P
        JOIN (SELECT DISTINCT seller, dateTime / 10000 * 10000 AS starttime FROM auction) A ON P.id = A.seller AND P.starttime = A.starttime""",
    "q9": f"SELECT {', '.join(COLUMNS['auction'])}, auction, bidder, price, bid_dateTime, bid_extra FROM ({WINNERS}) WHERE rownum = 1",
    "q10": f"SELECT auction, bidder, price, dateTime, extra, {DAY}, {MINUTE} FROM bid",
    "q11": SESSIONS,
    "q13": "SELECT auction, bidder, price, dateTime, CAST(auction % 10000 AS TEXT) FROM bid",
    "q14": f"""
        SELECT auction, bidder, {EUROS},
            CASE WHEN {HOUR} >= 8 AND {HOUR} <= 18 THEN 'dayTime' WHEN {HOUR} <= 6 OR {HOUR} >= 20 THEN 'nightTime' ELSE 'otherTime' END,
            dateTime, extra, length(extra) - length(replace(extra, 'c', ''))
        FROM bid WHERE 908 * price > 1000000000 AND 908 * price < 50000000000""",
    "q15": f"SELECT {DAY}, {BIDS}, {distinct('bidder')}, {distinct('auction')} FROM bid GROUP BY {DAY}",
    "q16": f"SELECT channel, {DAY}, max({MINUTE}), {BIDS}, {distinct('bidder')}, {distinct('auction')} FROM bid GROUP BY channel, {DAY}",
    "q17": f"SELECT auction, {DAY}, {BIDS}, min(price), max(price), sum(price) / count(*), sum(price) FROM bid GROUP BY auction, {DAY}",
    "q18": f"""
        SELECT {', '.join(COLUMNS['bid'])} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY bidder, auction ORDER BY dateTime DESC, rowid DESC) AS place FROM bid)
        WHERE place <= 1""",
    "q19": f"""
        SELECT {', '.join(COLUMNS['bid'])}, place FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC, rowid ASC) AS place FROM bid)
        WHERE place <= 10""",
    "q20": f"""
        SELECT {', '.join('B.' + c for c in COLUMNS['bid'])}, {', '.join('A.' + c for c in COLUMNS['auction'][1:])}
        FROM bid B JOIN auction A ON B.auction = A.id WHERE A.category = 10""",
    "q21": f"SELECT auction, bidder, price, channel, coalesce({KNOWN}, {URL_ID}) FROM bid WHERE {URL_ID} IS NOT NULL OR {KNOWN} IS NOT NULL",
    "q22": f"SELECT auction, bidder, price, channel, {directory(3)}, {directory(4)}, {directory(5)} FROM bid",
    "q23": f"""
        SELECT B.bidder, B.price, B.channel, B.url, B.extra, {', '.join('P.' + c for c in COLUMNS['person'] if c != 'dateTime')},
            {', '.join('A.' + c for c in COLUMNS['auction'][1:])}
        FROM bid B JOIN person P ON P.id = B.bidder JOIN auction A ON A.seller = B.bidder""",
}


def letters(rng, least, most):
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(least, most)))


def events():
    """Proportions as the benchmark's, 1:3:46, but twenty events per second and with what is rare: bids at exactly a window's end, equal prices, gaps of exactly a session, days that end."""
    rng = random.Random(20260101)
    made = []
    time = BASE
    persons = auctions = 0
    for number in range(600):
        place = number % 50
        time += rng.choice([0, 0, 25, 50, 75, 150])
        time = max(time, BASE + JUMPS.get(number, 0))
        if place == 0:
            persons += 1
            made.append(("person", [1000 + persons, letters(rng, 3, 6) + " " + letters(rng, 3, 6), letters(rng, 4, 7) + "@x.com", f"{rng.randint(0, 9999):04} 1111",
                                    rng.choice(["Bend", "Kent", "Boise"]), rng.choice(["OR", "ID", "CA", "WA", "AZ"]), time, letters(rng, 0, 8)]))
        elif place <= 3:
            auctions += 1
            reserve = rng.randint(1_000, 100_000)
            made.append(("auction", [1100 + auctions, letters(rng, 3, 9), letters(rng, 3, 12), reserve // 2, reserve, time, time + rng.choice([0, 1_000, 3_000, 8_000, 20_000]),
                                     1000 + rng.randint(max(1, persons - 3), persons + 1), rng.randint(10, 12), letters(rng, 0, 8)]))
        else:
            if rng.random() < 0.5:
                channel = rng.choice(HOT)
                url = f"https://www.nexmark.com/{letters(rng, 2, 4)}/{letters(rng, 2, 4)}/{letters(rng, 2, 4)}/item.htm?query=1"
            else:
                channel = f"channel-{rng.randint(0, 3)}"
                url = rng.choice(["https://www.nexmark.com/a/b/c/item.htm?query=1", "https://www.nexmark.com/a/b/c/item.htm?query=1&channel_id=12", "channel_id=7&x=1",
                                  "https://www.nexmark.com/a", "https://www.nexmark.com/a/b", "https://www.nexmark.com", "", "https://x//y/?q&channel_id=&z", "nothing&xchannel_id=3"])
            made.append(("bid", [1100 + rng.randint(max(1, auctions - 4), auctions + 1), 1000 + rng.randint(max(1, persons - 4), persons + 1),
                                 rng.choice([rng.randint(100, 9_999), rng.randint(10_000, 999_999), rng.randint(1_000_000, 60_000_000), 9_999, 10_000, 1_000_000, 1_101_321, 1_101_322, 55_066_079, 55_066_080]),
                                 channel, url, time, letters(rng, 0, 12)]))
    return made + edges(made)


def edges(made):
    """Appended in the order of time."""
    time = (made[-1][1][5] // 10_000 + 3) * 10_000
    url = "https://www.nexmark.com/a/b/c/item.htm?query=1"

    def bid(auction, bidder, price, at, extra):
        return "bid", [auction, bidder, price, "Apple", url, at, extra]

    return [
        bid(1107, 1003, 77_000_000, time, "at the start of a window"),
        bid(1107, 1004, 77_000_000, time + 9_999, "at its last millisecond"),
        bid(1108, 1005, 77_000_000, time + 10_000, "at its end, as high"),
        bid(1108, 1005, 76_000_000, time + 10_000, "at its end, lower"),
        bid(1230, 1003, 77_000_000, time + 20_000, "at the end of the second, as high; auction 1230 is a 123rd"),
        bid(1230, 1003, 78_000_000, time + 20_000, "higher, in the third"),
        bid(1107, 1003, 1, time + 30_000, "a session's gap after the last, exactly"),
        bid(1107, 1003, 2, time + 40_001, "more than a gap"),
        bid(1107, 1003, 2, time + 40_001, "the same time and price again"),
        bid(1109, 1006, 20_000_000_000_000_000, time + 50_000, "times 908 it is more than 64 bits hold"),
    ]


def text(value):
    return "\\N" if value is None else str(value)


def write(name, lines):
    with open(os.path.join(HERE, name), "w", encoding="utf-8", newline="\n") as file:
        file.writelines(line + "\n" for line in lines)


def main():
    made = events()
    database = sqlite3.connect(":memory:")
    for kind, columns in COLUMNS.items():
        database.execute(f"CREATE TABLE {kind} ({', '.join(columns)})")
    for kind, values in made:
        database.execute(f"INSERT INTO {kind} VALUES ({', '.join('?' * len(values))})", values)
    write("events.jsonl", (json.dumps({kind: dict(zip(COLUMNS[kind], values))}, separators=(",", ":")) for kind, values in made))
    for query, sql in QUERIES.items():
        rows = sorted("|".join(text(value) for value in row) for row in database.execute(sql))
        assert rows, query
        write(query + ".txt", rows)
        print(query, len(rows))


if __name__ == "__main__":
    main()
