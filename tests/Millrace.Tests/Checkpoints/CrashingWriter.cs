using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using Millrace.Checkpoints;

namespace Millrace.Tests.Checkpoints;

/// <summary>
/// A process that replaces one large object again and again, each version by compare and swap, until it is killed. Prints the version after
/// each put.
/// </summary>
internal static class CrashingWriter
{
    public const string Command = "crashing-writer";
    public const string ObjectName = "jobs/j/latest";
    private const int Size = 2 * 1024 * 1024;

    public static async Task<int> RunAsync(string directory)
    {
        DirectoryObjectStore store = new(directory);
        while (true)
        {
            StoredObject? current = await store.GetAsync(ObjectName, CancellationToken.None);
            long version = current is null ? 1 : VersionOf(current.Content.Span) + 1;
            try
            {
                await store.PutAsync(
                    ObjectName,
                    new ReadOnlySequence<byte>(Content(version)),
                    current is null ? PutCondition.IfAbsent : PutCondition.IfMatch(current.ETag),
                    CancellationToken.None
                );
                await Console.Out.WriteLineAsync(version.ToString(CultureInfo.InvariantCulture));
            }
            catch (PreconditionFailedException)
            {
                // Another process was first.
            }
        }
    }

    public static byte[] Content(long version)
    {
        byte[] bytes = new byte[Size];
        for (int i = 0; i < Size; i += sizeof(long))
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i), version);
        }

        return bytes;
    }

    /// <summary>The version of an object; throws when its bytes are not all of one version.</summary>
    public static long VersionOf(ReadOnlySpan<byte> content)
    {
        long version = BinaryPrimitives.ReadInt64LittleEndian(content);
        return content.SequenceEqual(Content(version))
            ? version
            : throw new InvalidDataException($"The object of {content.Length} bytes is torn.");
    }
}
