using System.ComponentModel.DataAnnotations;

namespace Millrace.Checkpoints;

/// <summary>How a <see cref="DirectoryObjectStore"/> writes.</summary>
public sealed class DirectoryObjectStoreOptions
{
    /// <summary>
    /// Whether a write returns only once file and directory are on the disk, so that it also survives a crash of the machine. Off, it
    /// survives a crash of the process. Default: off. Costs one to a few disk flushes per write.
    /// </summary>
    public bool Fsync { get; set; }

    /// <summary>
    /// How long a write waits for writers of other processes. They hold their lock for microseconds; one that waits this long is stopped or
    /// hangs. Default: 30 seconds; 10 milliseconds to 1 hour.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
