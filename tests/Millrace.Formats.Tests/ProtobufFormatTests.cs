using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Xunit;

namespace Millrace.Formats.Tests;

public sealed class ProtobufFormatTests
{
    [Fact]
    public void ShouldBeTheBareMessage_WhenThereIsNoRegistry()
    {
        ProtobufFormat<Timestamp> format = new();
        byte[] bytes = Write(format, new Timestamp { Seconds = 5 });

        Assert.Equal("0805", Convert.ToHexString(bytes));
        Assert.Equal(5, format.Deserialize(bytes).Seconds);
    }

    [Fact]
    public async Task ShouldWriteASingleZero_WhenMessageIsTheFirstOfItsFile() =>
        Assert.Equal("0000000102" + "00" + "0805", await WriteAsync(new Timestamp { Seconds = 5 }));

    [Fact]
    public async Task ShouldWriteCountAndIndex_WhenMessageIsNotTheFirst() =>
        Assert.Equal("0000000102" + "0202" + "2001", await WriteAsync(Value.ForBool(true)));

    [Fact]
    public async Task ShouldWriteThePath_WhenMessageIsNested() =>
        Assert.Equal("0000000102" + "040400" + "0801", await WriteAsync(new DescriptorProto.Types.ExtensionRange { Start = 1 }));

    [Fact]
    public async Task ShouldRefuse_WhenValueIsAnotherMessageOfTheFile()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        using SchemaRegistryClient registry = new(server.Options);
        byte[] bytes = Write(new ProtobufFormat<Value>(registry, "v"), Value.ForBool(true));

        SchemaFormatException e = Assert.Throws<SchemaFormatException>(() => new ProtobufFormat<Struct>(registry, "v").Deserialize(bytes));

        Assert.Contains("[00] for google.protobuf.Struct is expected", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0200")]
    [InlineData("00")]
    public async Task ShouldAcceptEveryWayToWriteThePath_WhenItIsThatOfTheFirstMessage(string path)
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        using SchemaRegistryClient registry = new(server.Options);

        Assert.Equal(
            5,
            new ProtobufFormat<Timestamp>(registry, "v").Deserialize(Convert.FromHexString("0000000102" + path + "0805")).Seconds
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("01")]
    [InlineData("02")]
    [InlineData("0201")]
    [InlineData("FFFFFFFF1F00")]
    [InlineData("FEFFFFFF0F00")]
    [InlineData("0202")]
    [InlineData("040000")]
    public async Task ShouldSayWhatIsExpected_WhenThePathIsMalformedOrAnother(string path)
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        using SchemaRegistryClient registry = new(server.Options);

        SchemaFormatException e = Assert.Throws<SchemaFormatException>(() =>
            new ProtobufFormat<Timestamp>(registry, "v").Deserialize(Convert.FromHexString("0000000102" + path))
        );

        Assert.Contains($"message indexes start with [{path}]", e.Message, StringComparison.Ordinal);
        Assert.Contains("google.protobuf.Timestamp", e.Message, StringComparison.Ordinal);
    }

    private static async Task<string> WriteAsync<T>(T message)
        where T : IMessage<T>, new()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        using SchemaRegistryClient registry = new(server.Options);
        ProtobufFormat<T> format = new(registry, "topic-value");
        byte[] bytes = Write(format, message);
        Assert.Equal(message, format.Deserialize(bytes));
        RegisteredSchema held = registry.GetById(258);
        Assert.Equal(RegisteredSchema.Protobuf, held.SchemaType);
        Assert.Equal(message.Descriptor.File.Name, FileDescriptorProto.Parser.ParseFrom(Convert.FromBase64String(held.Schema)).Name);
        return Convert.ToHexString(bytes);
    }

    private static byte[] Write<T>(ProtobufFormat<T> format, T value)
        where T : IMessage<T>, new()
    {
        ArrayBufferWriter<byte> output = new();
        format.Serialize(value, output);
        return output.WrittenSpan.ToArray();
    }
}
