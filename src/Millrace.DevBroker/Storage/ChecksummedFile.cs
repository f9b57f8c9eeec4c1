using System.Buffers.Binary;
using Millrace.DevBroker.Protocol;

namespace Millrace.DevBroker.Storage;

/// <summary>
/// Small files of our own: a checksum, a format version, a message. Written aside and renamed, so that a file is either whole or not there.
/// </summary>
internal static class ChecksummedFile
{
    private const short FormatVersion = 0;

    public static void Write<T>(string path, T content, bool fsync)
        where T : IMessage
    {
        using MessageWriter writer = new();
        writer.Int32(0);
        writer.Int16(FormatVersion);
        new Wire(writer).Body(ref content, FormatVersion, flexible: false);
        writer.PatchInt32(0, (int)Crc32C.Compute(writer.Written.Span[sizeof(uint)..]));

        string aside = path + ".new";
        using (Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(aside, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(handle, writer.Written.Span, 0);
            if (fsync)
            {
                RandomAccess.FlushToDisk(handle);
            }
        }

        File.Move(aside, path, overwrite: true);
    }

    /// <summary>Null if the file is not whole or is from another format version.</summary>
    public static T? Read<T>(string path)
        where T : class, IMessage, new()
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length < 6)
        {
            return null;
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(bytes) != Crc32C.Compute(bytes.AsSpan(sizeof(uint))))
        {
            return null;
        }

        MessageReader reader = new();
        reader.Reset(bytes.AsMemory(sizeof(uint)));
        if (reader.Int16() != FormatVersion)
        {
            return null;
        }

        T content = new();
        new Wire(reader).Body(ref content, FormatVersion, flexible: false);
        return content;
    }
}
