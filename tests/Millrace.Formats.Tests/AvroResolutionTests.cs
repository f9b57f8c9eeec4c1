using System.Buffers;
using Avro;
using Avro.Generic;
using Xunit;

namespace Millrace.Formats.Tests;

/// <summary>The rules of "Schema Resolution" in Avro's specification 1.12, one by one.</summary>
public sealed class AvroResolutionTests
{
    [Fact]
    public void ShouldReadTheWritersValue_WhenAReadersFieldHasAnAliasAndADefault() =>
        Assert.Equal(1, Field("""{"name":"a","type":"int"}""", 1, """{"name":"z","type":"int","aliases":["a"],"default":7}"""));

    [Fact]
    public void ShouldReadTheWritersValue_WhenAnAliasedFieldIsNotTheFirst()
    {
        GenericRecord read = Resolve(
            Record("R", """{"name":"x","type":"string"},{"name":"a","type":"int"},{"name":"y","type":"string"}"""),
            Record("R", """{"name":"y","type":"string"},{"name":"z","type":["null","int"],"aliases":["b","a"],"default":null}"""),
            ("x", "left"),
            ("a", 1),
            ("y", "right")
        );

        Assert.Equal(("right", 1), (read["y"], read["z"]));
    }

    [Fact]
    public void ShouldAccept_WhenTheRecordHasAnotherNamespace() =>
        Assert.Equal(
            1,
            Resolve(Record("com.old.R", """{"name":"a","type":"int"}"""), Record("org.new.R", """{"name":"a","type":"int"}"""), ("a", 1))[
                "a"
            ]
        );

    [Theory]
    [InlineData("com.old.S", "R", "com.old.S")]
    [InlineData("com.old.S", "com.old.R", "S")]
    public void ShouldAccept_WhenTheRecordHasTheAliasName(string written, string name, string alias) =>
        Assert.Equal(
            1,
            Resolve(Record(written, """{"name":"a","type":"int"}"""), Record(name, """{"name":"a","type":"int"}""", alias), ("a", 1))["a"]
        );

    [Theory]
    [InlineData("int", 5, "long", 5L)]
    [InlineData("int", 5, "float", 5f)]
    [InlineData("int", 5, "double", 5d)]
    [InlineData("long", 5L, "float", 5f)]
    [InlineData("long", 5L, "double", 5d)]
    [InlineData("float", 5f, "double", 5d)]
    public void ShouldPromoteNumbers(string written, object value, string read, object expected) =>
        Assert.Equal(expected, Field($$"""{"name":"a","type":"{{written}}"}""", value, $$"""{"name":"a","type":"{{read}}"}"""));

    [Fact]
    public void ShouldPromoteBetweenStringAndBytes()
    {
        Assert.Equal("é", Field("""{"name":"a","type":"bytes"}""", new byte[] { 0xC3, 0xA9 }, """{"name":"a","type":"string"}"""));
        Assert.Equal(new byte[] { 0xC3, 0xA9 }, Field("""{"name":"a","type":"string"}""", "é", """{"name":"a","type":"bytes"}"""));
    }

    [Theory]
    [InlineData("string", "x", "int")]
    [InlineData("long", 5L, "int")]
    [InlineData("double", 5d, "float")]
    public void ShouldRefuse_WhenNothingPromotes(string written, object value, string read) =>
        Assert.Throws<SchemaFormatException>(() =>
            Field($$"""{"name":"a","type":"{{written}}"}""", value, $$"""{"name":"a","type":"{{read}}"}""")
        );

    [Fact]
    public void ShouldReadAWrittenTypeIntoTheReadersUnion()
    {
        Assert.Equal(5, Field("""{"name":"a","type":"int"}""", 5, """{"name":"a","type":["null","int"]}"""));
        Assert.Equal(5d, Field("""{"name":"a","type":"int"}""", 5, """{"name":"a","type":["null","double"]}"""));
        Assert.Equal(5L, Field("""{"name":"a","type":"long"}""", 5L, """{"name":"a","type":["null","double","long"]}"""));
    }

    [Fact]
    public void ShouldReadABranchOfTheWritersUnion()
    {
        Assert.Equal(5L, Field("""{"name":"a","type":["null","int"]}""", 5, """{"name":"a","type":"long"}"""));
        Assert.Equal(
            "s",
            Field("""{"name":"a","type":["null","int","string"]}""", "s", """{"name":"a","type":["string","null","double"]}""")
        );
        Assert.Throws<SchemaFormatException>(() => Field("""{"name":"a","type":["null","int"]}""", null, """{"name":"a","type":"long"}"""));
    }

    [Fact]
    public void ShouldMatchBranchesOfUnions_WhenTheirRecordsHaveAnotherNamespaceOrAnAlias()
    {
        string written = Record(
            "R",
            """{"name":"a","type":["null",{"type":"record","name":"old.X","fields":[{"name":"n","type":"int"}]},{"type":"record","name":"old.Y","fields":[{"name":"n","type":"int"}]}]}"""
        );
        string reader = Record(
            "R",
            """{"name":"a","type":["null",{"type":"record","name":"new.X","fields":[{"name":"n","type":"long"}]},{"type":"record","name":"new.Z","aliases":["old.Y"],"fields":[{"name":"m","aliases":["n"],"type":"int","default":9}]}]}"""
        );
        RecordSchema writer = (Avro.RecordSchema)Avro.Schema.Parse(written);
        UnionSchema branches = (Avro.UnionSchema)writer["a"].Schema;
        GenericRecord x = new((Avro.RecordSchema)branches[1]);
        x.Add("n", 5);
        GenericRecord y = new((Avro.RecordSchema)branches[2]);
        y.Add("n", 6);

        GenericRecord first = (GenericRecord)Resolve(written, reader, ("a", x))["a"];
        GenericRecord second = (GenericRecord)Resolve(written, reader, ("a", y))["a"];

        Assert.Equal(("new.X", (object)5L), (first.Schema.Fullname, first["n"]));
        Assert.Equal(("new.Z", (object)6), (second.Schema.Fullname, second["m"]));
        Assert.Null(Resolve(written, reader, ("a", null))["a"]);
    }

    [Fact]
    public void ShouldReadEnumsByName_WhenSymbolsMoved()
    {
        const string Written = """{"name":"a","type":{"type":"enum","name":"old.E","symbols":["A","B","C"]}}""";
        const string Read = """{"name":"a","type":{"type":"enum","name":"F","aliases":["old.E"],"symbols":["C","X","A"],"default":"X"}}""";
        GenericEnum Value(string symbol) =>
            new((Avro.EnumSchema)((Avro.RecordSchema)Avro.Schema.Parse(Record("R", Written)))["a"].Schema, symbol);

        Assert.Equal("A", ((GenericEnum)Field(Written, Value("A"), Read)!).Value);
        Assert.Equal("C", ((GenericEnum)Field(Written, Value("C"), Read)!).Value);
        Assert.Equal("X", ((GenericEnum)Field(Written, Value("B"), Read)!).Value);
        Assert.Throws<SchemaFormatException>(() =>
            Field(Written, Value("B"), """{"name":"a","type":{"type":"enum","name":"new.E","symbols":["A","C"]}}""")
        );
    }

    [Fact]
    public void ShouldReadFixed_WhenNameOrAliasAndSizeMatch()
    {
        const string Written = """{"name":"a","type":{"type":"fixed","name":"old.Md5","size":2}}""";
        FixedSchema schema = (Avro.FixedSchema)((Avro.RecordSchema)Avro.Schema.Parse(Record("R", Written)))["a"].Schema;
        GenericFixed value = new(schema, [1, 2]);

        Assert.Equal(
            new byte[] { 1, 2 },
            ((GenericFixed)Field(Written, value, """{"name":"a","type":{"type":"fixed","name":"new.Md5","size":2}}""")!).Value
        );
        Assert.Equal(
            new byte[] { 1, 2 },
            (
                (GenericFixed)
                    Field(Written, value, """{"name":"a","type":{"type":"fixed","name":"new.Hash","aliases":["old.Md5"],"size":2}}""")!
            ).Value
        );
        Assert.Throws<SchemaFormatException>(() =>
            Field(Written, value, """{"name":"a","type":{"type":"fixed","name":"old.Md5","size":3}}""")
        );
        Assert.Throws<SchemaFormatException>(() =>
            Field(Written, value, """{"name":"a","type":{"type":"fixed","name":"old.Other","size":2}}""")
        );
    }

    [Fact]
    public void ShouldResolveInsideArraysAndMaps()
    {
        const string Item = """{"type":"record","name":"old.I","fields":[{"name":"n","type":"int"}]}""";
        const string NewItem =
            """{"type":"record","name":"new.I","fields":[{"name":"m","aliases":["n"],"type":"long","default":9},{"name":"more","type":"string","default":"-"}]}""";
        string written = Record(
            "R",
            """{"name":"a","type":{"type":"array","items":""" + Item + """}},{"name":"b","type":{"type":"map","values":"old.I"}}"""
        );
        string reader = Record(
            "R",
            """{"name":"a","type":{"type":"array","items":""" + NewItem + """}},{"name":"b","type":{"type":"map","values":"new.I"}}"""
        );
        ArraySchema array = (Avro.ArraySchema)((Avro.RecordSchema)Avro.Schema.Parse(written))["a"].Schema;
        GenericRecord item = new((Avro.RecordSchema)array.ItemSchema);
        item.Add("n", 5);

        GenericRecord read = Resolve(
            written,
            reader,
            ("a", new object[] { item, item }),
            ("b", new Dictionary<string, object> { ["k"] = item })
        );

        object[] items = (object[])read["a"];
        Assert.Equal(2, items.Length);
        Assert.Equal((5L, "-"), (((GenericRecord)items[1])["m"], ((GenericRecord)items[1])["more"]));
        Assert.Equal(
            (5L, "-"),
            (
                ((GenericRecord)((IDictionary<string, object>)read["b"])["k"])["m"],
                ((GenericRecord)((IDictionary<string, object>)read["b"])["k"])["more"]
            )
        );
    }

    [Fact]
    public void ShouldResolveRecursiveRecords_WhenTheyHaveAnotherNamespace()
    {
        string written = Record("old.Node", """{"name":"n","type":"int"},{"name":"next","type":["null","Node"]}""");
        string reader = Record(
            "new.Node",
            """{"name":"next","type":["null","Node"]},{"name":"m","aliases":["n"],"type":"int","default":9}"""
        );
        RecordSchema schema = (Avro.RecordSchema)Avro.Schema.Parse(written);
        GenericRecord last = new(schema);
        last.Add("n", 2);
        last.Add("next", null);

        GenericRecord read = Resolve(written, reader, ("n", 1), ("next", last));

        Assert.Equal((1, 2), (read["m"], ((GenericRecord)read["next"])["m"]));
    }

    [Fact]
    public void ShouldReadTheUnderlyingType_WhenOnlyOneSideHasALogicalType()
    {
        Assert.Equal(5L, Field("""{"name":"a","type":{"type":"long","logicalType":"unheard-of"}}""", 5L, """{"name":"a","type":"long"}"""));
        Assert.Equal(
            DateTime.UnixEpoch.AddMilliseconds(5),
            Field("""{"name":"a","type":"long"}""", 5L, """{"name":"a","type":{"type":"long","logicalType":"timestamp-millis"}}""")
        );
        Assert.Equal(
            5L,
            Field(
                """{"name":"a","type":{"type":"long","logicalType":"timestamp-millis"}}""",
                DateTime.UnixEpoch.AddMilliseconds(5),
                """{"name":"a","type":"long"}"""
            )
        );
    }

    [Fact]
    public void ShouldSkipFieldsThatTheReaderDoesNotHave_WhateverTheirType()
    {
        GenericRecord read = Resolve(
            Record(
                "R",
                """{"name":"x","type":{"type":"map","values":["null","string"]}},{"name":"y","type":{"type":"array","items":"bytes"}},{"name":"a","type":"int"}"""
            ),
            Record("R", """{"name":"a","type":"int"},{"name":"d","type":{"type":"array","items":"int"},"default":[1,2]}"""),
            ("x", new Dictionary<string, object?> { ["k"] = "v" }),
            ("y", new object[] { new byte[] { 1 } }),
            ("a", 1)
        );

        Assert.Equal(1, read["a"]);
        Assert.Equal([1, 2], ((object[])read["d"]).Cast<int>());
    }

    [Fact]
    public void ShouldRefuse_WhenTheBytesEndEarlyOrGoOnOrClaimTooMuch()
    {
        string written = Record(
            "R",
            """{"name":"s","type":"string"},{"name":"d","type":{"type":"array","items":"null"}},{"name":"u","type":["null","double"]}"""
        );
        string read = Record(
            "R",
            """{"name":"u","type":["double","null"]},{"name":"s","type":"bytes"},{"name":"d","type":{"type":"array","items":"null"}}"""
        );
        AvroFormat<GenericRecord> format = AvroFormat.Generic(
            (Avro.RecordSchema)Avro.Schema.Parse(read),
            new OneSchema(new RegisteredSchema(RegisteredSchema.Avro, written)),
            "s"
        );

        byte[] value = Convert.FromHexString("0000000001" + "06616263" + "0200" + "02000000000000F03F");

        Assert.Equal(1.0, format.Deserialize(value)["u"]);
        for (int length = 5; length < value.Length; length++)
        {
            Assert.Throws<SchemaFormatException>(() => format.Deserialize(value.AsSpan(0, length)));
        }

        Assert.Throws<SchemaFormatException>(() => format.Deserialize([.. value, 0]));
        Assert.Throws<SchemaFormatException>(() => format.Deserialize(Convert.FromHexString("0000000001" + "0661")));
        Assert.Throws<SchemaFormatException>(() =>
            format.Deserialize(Convert.FromHexString("0000000001" + "06616263" + "FEFFFFFFFFFFFFFFFF01" + "00"))
        );
        Assert.Throws<SchemaFormatException>(() => format.Deserialize(Convert.FromHexString("0000000001" + "06616263" + "0200" + "0A")));
        Assert.Throws<SchemaFormatException>(() => format.Deserialize(Convert.FromHexString("0000000001" + "FFFFFFFFFFFFFFFFFFFFFF")));
    }

    [Fact]
    public void ShouldTakeDefaultsOfEveryType_WhenNothingWasWritten()
    {
        const string Fields = """
            {"name":"b","type":"boolean","default":true},{"name":"i","type":"int","default":-1},{"name":"l","type":"long","default":5000000000},{"name":"f","type":"float","default":0.5},
            {"name":"d","type":"double","default":-0.25},{"name":"s","type":"string","default":"\u00e9"},{"name":"y","type":"bytes","default":"\u00ff"},
            {"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]},"default":"B"},{"name":"x","type":{"type":"fixed","name":"X","size":2},"default":"\u0001\u0002"},
            {"name":"u","type":["null","int"],"default":null},{"name":"v","type":["string","null"],"default":"w"},{"name":"m","type":{"type":"map","values":"int"},"default":{"k":1}},
            {"name":"r","type":{"type":"record","name":"N","fields":[{"name":"n","type":"int"},{"name":"o","type":"int","default":3}]},"default":{"n":2}}
            """;

        GenericRecord read = Resolve(Record("R", ""), Record("R", Fields));

        Assert.Equal((true, -1, 5_000_000_000L, 0.5f, -0.25, "é"), (read["b"], read["i"], read["l"], read["f"], read["d"], read["s"]));
        Assert.Equal(new byte[] { 0xFF }, read["y"]);
        Assert.Equal("B", ((GenericEnum)read["e"]).Value);
        Assert.Equal(new byte[] { 1, 2 }, ((GenericFixed)read["x"]).Value);
        Assert.Equal((null, "w"), (read["u"], read["v"]));
        Assert.Equal(1, ((IDictionary<string, object>)read["m"])["k"]);
        Assert.Equal((2, 3), (((GenericRecord)read["r"])["n"], ((GenericRecord)read["r"])["o"]));
    }

    private static string Record(string name, string fields, string? alias = null) =>
        $$"""{"type":"record","name":"{{name}}",{{(alias is null ? "" : $"\"aliases\":[\"{alias}\"],")}}"fields":[{{fields}}]}""";

    private static object? Field(string written, object? value, string read) =>
        Resolve(Record("R", written), Record("R", read), ("a", value)) is { } record
            ? record[((Avro.RecordSchema)Avro.Schema.Parse(Record("R", read))).Fields[0].Name]
            : null;

    private static GenericRecord Resolve(string written, string read, params (string Name, object? Value)[] fields)
    {
        RecordSchema writer = (Avro.RecordSchema)Avro.Schema.Parse(written);
        GenericRecord record = new(writer);
        foreach ((string name, object? value) in fields)
        {
            record.Add(name, value);
        }

        OneSchema registry = new(new RegisteredSchema(RegisteredSchema.Avro, written));
        ArrayBufferWriter<byte> output = new();
        AvroFormat.Generic(writer, registry, "s").Serialize(record, output);
        return AvroFormat.Generic((Avro.RecordSchema)Avro.Schema.Parse(read), registry, "s").Deserialize(output.WrittenSpan);
    }

    private sealed class OneSchema(RegisteredSchema schema) : ISchemaRegistry
    {
        public RegisteredSchema GetById(int id) => schema;

        public int Register(string subject, RegisteredSchema schema) => 1;
    }
}
