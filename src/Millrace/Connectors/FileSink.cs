namespace Millrace.Connectors;

/// <summary>Makes sinks of files.</summary>
public static class FileSink
{
    /// <summary>A sink that writes records one after the other (Flink's <c>FileSink.forRowFormat</c>).</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <param name="path">Directory of the buckets; made if it is not there.</param>
    /// <param name="encoder">From a record to bytes.</param>
    public static FileSink<T> ForRowFormat<T>(string path, IFileEncoder<T> encoder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(encoder);
        return new FileSink<T>(Path.GetFullPath(path), encoder);
    }
}
