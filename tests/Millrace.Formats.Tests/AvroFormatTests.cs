using System.Buffers;
using Avro;
using Avro.Generic;
using Xunit;

namespace Millrace.Formats.Tests;

public sealed class AvroFormatTests
{
    private static readonly RecordSchema Schema = (RecordSchema)Order._SCHEMA;

    [Fact]
    public void ShouldBeBareBinary_WhenThereIsNoRegistry()
    {
        AvroFormat<Order> format = AvroFormat.Specific<Order>(Order._SCHEMA);

        byte[] bytes = Write(format, new Order { Id = 7, Item = "tea" });
        Order read = format.Deserialize(bytes);

        Assert.Equal("0E06746561", Convert.ToHexString(bytes));
        Assert.Equal((7L, "tea"), (read.Id, read.Item));
    }

    [Fact]
    public async Task ShouldPutMagicByteAndIdBeforeTheValue_WhenThereIsARegistry()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        using SchemaRegistryClient registry = new(server.Options);
        AvroFormat<GenericRecord> format = AvroFormat.Generic(Schema, registry, "orders-value");
        GenericRecord record = new(Schema);
        record.Add("Id", 7L);
        record.Add("Item", "tea");

        byte[] bytes = Write(format, record);
        GenericRecord read = format.Deserialize(bytes);

        Assert.Equal("00000001020E06746561", Convert.ToHexString(bytes));
        Assert.Equal((7L, "tea"), (read["Id"], read["Item"]));
        Assert.Equal(["POST /subjects/orders-value/versions", "GET /schemas/ids/258"], server.Requests);
        Assert.Equal(bytes, Write(format, record));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task ShouldResolveToTheReadersSchema_WhenWriterHasAnother()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        using SchemaRegistryClient registry = new(server.Options);
        byte[] bytes = Write(AvroFormat.Specific<Order>(Order._SCHEMA, registry, "orders-value"), new Order { Id = 7, Item = "tea" });
        RecordSchema newer = (RecordSchema)
            Avro.Schema.Parse(
                """{"type":"record","name":"Order","namespace":"Millrace.Formats.Tests","fields":[{"name":"Count","type":"int","default":3},{"name":"Id","type":"double"}]}"""
            );

        GenericRecord read = AvroFormat.Generic(newer, registry, "orders-value").Deserialize(bytes);

        Assert.Equal((3, 7.0), (read["Count"], read["Id"]));
    }

    [Fact]
    public async Task ShouldNameSchemaAndRemedy_WhenWritersSchemaCannotBeRead()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        using SchemaRegistryClient registry = new(server.Options);
        byte[] bytes = Write(AvroFormat.Specific<Order>(Order._SCHEMA, registry, "orders-value"), new Order());
        RecordSchema other = (RecordSchema)
            Avro.Schema.Parse(
                """{"type":"record","name":"Order","namespace":"Millrace.Formats.Tests","fields":[{"name":"Missing","type":"int"}]}"""
            );

        SchemaFormatException e = Assert.Throws<SchemaFormatException>(() =>
            AvroFormat.Generic(other, registry, "orders-value").Deserialize(bytes)
        );

        Assert.Contains("Schema 258 cannot be read as 'Millrace.Formats.Tests.Order'", e.Message, StringComparison.Ordinal);
        Assert.Contains("defaults", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldRefuse_WhenBytesAreLeftOver()
    {
        SchemaFormatException e = Assert.Throws<SchemaFormatException>(() =>
            AvroFormat.Specific<Order>(Order._SCHEMA).Deserialize(Convert.FromHexString("0E0674656100"))
        );
        Assert.Contains("ends after 5 of 6 bytes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldRefuse_WhenMagicByteIsMissing()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        using SchemaRegistryClient registry = new(server.Options);

        SchemaFormatException e = Assert.Throws<SchemaFormatException>(() =>
            AvroFormat.Generic(Schema, registry, "s").Deserialize("{\"a\":1}"u8)
        );

        Assert.Contains("7B2261223A317D", e.Message, StringComparison.Ordinal);
    }

    private static byte[] Write<T>(AvroFormat<T> format, T value)
        where T : class
    {
        ArrayBufferWriter<byte> output = new();
        format.Serialize(value, output);
        return output.WrittenSpan.ToArray();
    }
}
