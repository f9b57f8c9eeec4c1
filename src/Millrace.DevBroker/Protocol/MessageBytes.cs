namespace Millrace.DevBroker.Protocol;

/// <summary>Messages as plain byte arrays, for what the broker keeps in its journals.</summary>
internal static class MessageBytes
{
    public static byte[] Write<T>(T message, int version = 0)
        where T : IMessage
    {
        using MessageWriter writer = new();
        new Wire(writer).Body(ref message, version, flexible: false);
        return writer.Written.ToArray();
    }

    public static T Read<T>(byte[] bytes, int version = 0)
        where T : IMessage, new()
    {
        MessageReader reader = new();
        reader.Reset(bytes);
        T message = new();
        new Wire(reader).Body(ref message, version, flexible: false);
        return message;
    }
}
