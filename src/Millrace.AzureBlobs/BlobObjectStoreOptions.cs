using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace Millrace.AzureBlobs;

/// <summary>Where and how a <see cref="BlobObjectStore"/> keeps its objects.</summary>
public sealed partial class BlobObjectStoreOptions
{
    /// <summary>The smallest block.</summary>
    internal const int MinBlockSize = 64 * 1024;

    /// <summary>The largest block; a block is sent as one request.</summary>
    internal const int MaxBlockSize = 1024 * 1024 * 1024;

    /// <summary>What a container's name may be, for messages.</summary>
    internal const string ContainerNameRule =
        "a name of 3 to 63 lower-case letters, digits and '-', each '-' between two letters or digits, such as 'millrace-orders'.";

    /// <summary>
    /// Name of the container: 3 to 63 lower-case letters, digits and <c>-</c>, each <c>-</c> between two letters or digits. Default:
    /// <c>millrace</c>.
    /// </summary>
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

    /// <summary>Whether Azure takes a name for a container.</summary>
    /// <param name="name">The name.</param>
    internal static bool IsContainerName(string? name) => name is not null && ContainerNames().IsMatch(name);

    internal void Validate()
    {
        if (!IsContainerName(ContainerName))
        {
            throw new ArgumentException(
                $"{nameof(ContainerName)} is '{ContainerName}', expected {ContainerNameRule}",
                nameof(ContainerName)
            );
        }

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

    // The rules of "Naming and referencing containers, blobs, and metadata" in Azure's documentation.
    [GeneratedRegex("^(?=.{3,63}\\z)[a-z0-9]+(-[a-z0-9]+)*\\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ContainerNames();
}
