using System.Buffers;
using System.Text;

namespace Millrace.Connectors;

/// <summary>A line per record, in UTF-8 (Flink's <c>SimpleStringEncoder</c>).</summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <param name="format">From a record to its line, without the line's end; <see langword="null"/> = <see cref="object.ToString"/>.</param>
public sealed class SimpleStringEncoder<T>(Func<T, string>? format = null) : IFileEncoder<T>
{
    /// <inheritdoc/>
    public void Encode(T value, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Encoding.UTF8.GetBytes(format is null ? value?.ToString() ?? "" : format(value), output);
        output.Write("\n"u8);
    }
}
