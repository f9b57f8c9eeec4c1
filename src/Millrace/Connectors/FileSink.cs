using System.Buffers;
using System.Text;

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

/// <summary>
/// Writes records to files in buckets, each once (Flink's <c>FileSink</c>). Immutable.
/// <code>
/// FileSink.ForRowFormat(path, new SimpleStringEncoder&lt;Order>())
///     .WithBucketAssigner(new DateTimeBucketAssigner&lt;Order>("'dt='yyyy-MM-dd'/hm='HHmm"))
///     .WithRollingPolicy(new FileRollingPolicy { MaxPartSize = 64 &lt;&lt; 20 })
/// </code>
/// A part is a file that one task writes:
/// <code>
/// in progress (.part-0-1f3a-7.inprogress.SINK) -> pending (closed, waits for its checkpoint) -> finished (part-0-1f3a-7)
/// </code>
/// Readers see finished parts only: names with a dot in front are not theirs. A part is finished when the checkpoint that covers its last
/// record is complete, so nothing is ever finished without checkpoints. After a failure parts are cut to what the restored checkpoint
/// covers and finished, and parts that it does not know are removed. Restoring an older checkpoint than the last one is refused where a
/// part has been finished since with more in it. The path must be on a file system with atomic renames that all tasks and later runs share;
/// functions in Azure have none, so only the embedded host runs it.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class FileSink<T> : ISink<T>
{
    internal FileSink(string path, IFileEncoder<T> encoder)
    {
        Path = path;
        Encoder = encoder;
    }

    private FileSink(FileSink<T> other)
        : this(other.Path, other.Encoder)
    {
        BucketAssigner = other.BucketAssigner;
        RollingPolicy = other.RollingPolicy;
        Prefix = other.Prefix;
        Suffix = other.Suffix;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Topic> Topics => [new Topic("file", Path)];

    /// <inheritdoc/>
    public bool CommitsByCheckpoints => true;

    internal string Path { get; }

    internal IFileEncoder<T> Encoder { get; }

    internal IBucketAssigner<T> BucketAssigner { get; private init; } = new DateTimeBucketAssigner<T>();

    internal FileRollingPolicy RollingPolicy { get; private init; } = new();

    internal string Prefix { get; private init; } = "part";

    internal string Suffix { get; private init; } = "";

    /// <summary>Sets which bucket a record goes to. Default: one per hour of event time.</summary>
    /// <param name="assigner">The assigner.</param>
    public FileSink<T> WithBucketAssigner(IBucketAssigner<T> assigner)
    {
        ArgumentNullException.ThrowIfNull(assigner);
        return new(this) { BucketAssigner = assigner };
    }

    /// <summary>Sets when parts are closed.</summary>
    /// <param name="policy">The policy.</param>
    public FileSink<T> WithRollingPolicy(FileRollingPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return new(this) { RollingPolicy = policy };
    }

    /// <summary>Sets how the names of parts begin and end.</summary>
    /// <param name="prefix">Default <c>part</c>; must not begin with a dot.</param>
    /// <param name="suffix">Such as <c>.csv</c>. Default: none.</param>
    public FileSink<T> WithOutputFileConfig(string prefix, string suffix)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(prefix);
        ArgumentNullException.ThrowIfNull(suffix);
        return new(this) { Prefix = prefix, Suffix = suffix };
    }

    /// <inheritdoc/>
    public void Validate(ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (Prefix.StartsWith('.') || Prefix.AsSpan().IndexOfAny('/', '\\') >= 0 || Suffix.AsSpan().IndexOfAny('/', '\\') >= 0)
        {
            errors.Add(
                $"The file sink of '{Path}' names its parts '{Prefix}...{Suffix}', expected no dot in front and no separator of "
                    + "directories; choose others with WithOutputFileConfig."
            );
        }

        if (
            RollingPolicy.MaxPartSize < 1
            || RollingPolicy.RolloverInterval <= TimeSpan.Zero
            || RollingPolicy.InactivityInterval <= TimeSpan.Zero
            || RollingPolicy.MaxOpenParts < 1
        )
        {
            errors.Add($"The file sink of '{Path}' has {RollingPolicy}, expected sizes, intervals and numbers greater than zero.");
        }
    }

    /// <inheritdoc/>
    public ISinkWriter<T> CreateWriter(ConnectorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new FileSinkWriter<T>(this, context);
    }
}

/// <summary>Turns records into the bytes of a file, one after the other (Flink's <c>Encoder</c>). Used by many tasks at once.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface IFileEncoder<in T>
{
    /// <summary>Writes a record with whatever ends it.</summary>
    /// <param name="value">The record.</param>
    /// <param name="output">Takes the bytes; valid during the call.</param>
    void Encode(T value, IBufferWriter<byte> output);
}

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

/// <summary>
/// When a <see cref="FileSink{T}"/> closes a part and begins another (Flink's <c>DefaultRollingPolicy</c> and
/// <c>OnCheckpointRollingPolicy</c>). Looked at with each batch and at each checkpoint.
/// </summary>
public sealed record FileRollingPolicy
{
    /// <summary>Size at which a part is closed, in bytes. Default 128 MiB; at least 1.</summary>
    public long MaxPartSize { get; init; } = 128L << 20;

    /// <summary>How long a part is written to at most. Default 60 s; more than zero.</summary>
    public TimeSpan RolloverInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>After how long without a record a part is closed. Default 60 s; more than zero.</summary>
    public TimeSpan InactivityInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Whether all parts are closed at each checkpoint, so that results are readable a checkpoint later, in more and smaller files.
    /// Default: no.
    /// </summary>
    public bool RollsOnCheckpoint { get; init; }

    /// <summary>
    /// Parts that a task writes at a time; with more buckets, the one that was written longest ago is closed. Default 100; at least 1.
    /// </summary>
    public int MaxOpenParts { get; init; } = 100;
}
