using System.ComponentModel.DataAnnotations;

namespace Millrace.AzureBlobs;

/// <summary>Where and how a <see cref="BlobObjectStore"/> keeps its objects.</summary>
public sealed class BlobObjectStoreOptions
{
    /// <summary>The smallest block.</summary>
    internal const int MinBlockSize = 64 * 1024;

    /// <summary>The largest block; a block is sent as one request.</summary>
    internal const int MaxBlockSize = 1024 * 1024 * 1024;

    /// <summary>Name of the container. Default: <c>millrace</c>.</summary>
    public string ContainerName { get; set; } = "millrace";

    /// <summary>
    /// Put before every object's name: either empty or ending in <c>/</c>. Lets several jobs or task hubs share a container. Default:
    /// empty.
    /// </summary>
    public string Prefix { get; set; } = "";

    /// <summary>
    /// Whether the first write creates the container when it is missing. Turn it off where the identity may write blobs but not create
    /// containers. Default: on.
    /// </summary>
    public bool CreateContainer { get; set; } = true;

    /// <summary>
    /// Bytes sent in one request; a larger object is staged in blocks of this size and committed at once. Default: 8 MiB; 64 KiB to 1 GiB.
    /// </summary>
    [Range(MinBlockSize, MaxBlockSize)]
    public int BlockSize { get; set; } = 8 * 1024 * 1024;

    /// <summary>Blocks of one object that are sent at once. Default: 4; 1 to 64.</summary>
    [Range(1, 64)]
    public int Parallelism { get; set; } = 4;

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(ContainerName);
        ArgumentNullException.ThrowIfNull(Prefix);
        if (Prefix.Length > 0 && !Prefix.EndsWith('/'))
        {
            throw new ArgumentException($"{nameof(Prefix)} '{Prefix}' must be empty or end in '/': use '{Prefix}/'.", nameof(Prefix));
        }

        Checkpoints.ObjectNames.ThrowIfInvalidPrefix(Prefix);
        ArgumentOutOfRangeException.ThrowIfLessThan(BlockSize, MinBlockSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BlockSize, MaxBlockSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(Parallelism, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Parallelism, 64);
    }
}
