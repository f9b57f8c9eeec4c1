using System.Collections;
using System.Reflection;
using Millrace.DevBroker.Protocol;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Protocol;

/// <summary>Every message of the broker, in every version it is announced in.</summary>
public sealed class MessageRoundTripTests
{
    public static TheoryData<string> Requests()
    {
        TheoryData<string> data = new();
        foreach (Type type in RequestTypes())
        {
            data.Add(type.DeclaringType!.Name);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void ShouldReadWhatItWrote_InEveryVersion(string api)
    {
        Type request = RequestTypes().Single(t => t.DeclaringType!.Name == api);
        ApiDescription description = (ApiDescription)request.GetProperty(nameof(IRequest.Api))!.GetValue(null)!;
        Type response = request.DeclaringType!.GetNestedType("Response", BindingFlags.NonPublic)!;
        for (short version = description.MinVersion; version <= description.MaxVersion; version++)
        {
            foreach (Type? type in new[] { request, response })
            {
                byte[] written = Write((IMessage)Filled(type), version, description);
                (IMessage? read, int rest) = Read(type, written, version, description);
                Assert.Equal(0, rest);
                Assert.Equal(Convert.ToHexString(written), Convert.ToHexString(Write(read, version, description)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void ShouldRefuseEveryTruncation_WithoutAnyOtherException(string api)
    {
        Type request = RequestTypes().Single(t => t.DeclaringType!.Name == api);
        ApiDescription description = (ApiDescription)request.GetProperty(nameof(IRequest.Api))!.GetValue(null)!;
        byte[] written = Write((IMessage)Filled(request), description.MaxVersion, description);
        for (int length = 0; length < written.Length; length++)
        {
            byte[] cut = written[..length];
            Assert.Throws<ProtocolException>(() => Read(request, cut, description.MaxVersion, description));
        }
    }

    private static IEnumerable<Type> RequestTypes() =>
        typeof(IRequest)
            .Assembly.GetTypes()
            .Where(t => t.IsClass && typeof(IRequest).IsAssignableFrom(t))
            .OrderBy(t => t.FullName, StringComparer.Ordinal);

    private static byte[] Write(IMessage message, short version, ApiDescription description)
    {
        using MessageWriter writer = new();
        new Wire(writer).Body(ref message, version, description.IsFlexible(version));
        return writer.Written.ToArray();
    }

    private static (IMessage Message, int Unread) Read(Type type, byte[] bytes, short version, ApiDescription description)
    {
        MessageReader reader = new();
        reader.Reset(bytes);
        IMessage? message = (IMessage)Activator.CreateInstance(type)!;
        new Wire(reader).Body(ref message, version, description.IsFlexible(version));
        return (message, reader.Remaining);
    }

    /// <summary>A message in which every field has a value that is not its default, and every list two elements.</summary>
    private static object Filled(Type type)
    {
        object message = Activator.CreateInstance(type)!;
        foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Instance))
        {
            field.SetValue(message, Value(field.FieldType, field.Name));
        }

        return message;
    }

    private static object? Value(Type type, string name)
    {
        if (type == typeof(string))
        {
            return name + "-ü";
        }

        if (type == typeof(bool))
        {
            return true;
        }

        if (type == typeof(sbyte))
        {
            return (sbyte)3;
        }

        if (type == typeof(short))
        {
            return (short)-77;
        }

        if (type == typeof(int))
        {
            return 123_456;
        }

        if (type == typeof(long))
        {
            return -9_876_543_210;
        }

        if (type == typeof(Guid))
        {
            return new Guid("00112233-4455-6677-8899-aabbccddeeff");
        }

        if (type == typeof(ErrorCode))
        {
            return ErrorCode.InvalidRequest;
        }

        if (type == typeof(RecordsField))
        {
            return new RecordsField { Bytes = new byte[] { 1, 2, 3 } };
        }

        if (type == typeof(ReadOnlyMemory<byte>))
        {
            return (ReadOnlyMemory<byte>)new byte[] { 4, 5 };
        }

        if (type == typeof(ReadOnlyMemory<byte>?))
        {
            return (ReadOnlyMemory<byte>?)new byte[] { 6 };
        }

        if (typeof(IList).IsAssignableFrom(type))
        {
            IList list = (IList)Activator.CreateInstance(type)!;
            Type element = type.GetGenericArguments()[0];
            for (int i = 0; i < 2; i++)
            {
                list.Add(Value(element, name));
            }

            return list;
        }

        return typeof(IMessage).IsAssignableFrom(type)
            ? Filled(type)
            : throw new NotSupportedException($"The test cannot fill a field of type {type}.");
    }
}
