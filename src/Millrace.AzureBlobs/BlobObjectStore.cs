using System.Buffers;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Millrace.Checkpoints;

namespace Millrace.AzureBlobs;

/// <summary>
/// Keeps objects as block blobs of one container. Conditions are ETag conditions of the service, so any number of processes may write.
/// <para>Every write carries an id of its own in the blob's metadata. When the reply of a conditional write is lost, the SDK's repetition
/// of it is refused because of the write itself; the id tells that apart from a write by somebody else.</para>
/// </summary>
public sealed class BlobObjectStore : IObjectStore
{
    private const string WriteIdKey = "millracewrite";
    private const int MaxAttempts = 10;

    // What one request can send within the client's time limit.
    private const int MaxOvertakenSize = 256 * 1024 * 1024;

    private readonly BlobContainerClient _container;
    private readonly BlobObjectStoreOptions _options;

    /// <summary>Uses a container of an account.</summary>
    /// <param name="service">The account; its client's retry options apply to every request. See <see cref="BlobConnection"/>.</param>
    /// <param name="options">Which container and how; <see langword="null"/> = the defaults.</param>
    public BlobObjectStore(BlobServiceClient service, BlobObjectStoreOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(service);
        _options = options ?? new BlobObjectStoreOptions();
        _options.Validate();
        _container = service.GetBlobContainerClient(_options.ContainerName);
    }

    /// <inheritdoc/>
    public async Task<string> PutAsync(
        string name,
        ReadOnlySequence<byte> content,
        PutCondition condition,
        CancellationToken cancellationToken
    )
    {
        BlockBlobClient blob = _container.GetBlockBlobClient(BlobName(name));
        string writeId = Guid.NewGuid().ToString("n");
        try
        {
            return await SendAgainWhenPossibleAsync(blob, content, condition, writeId, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException exception) when (IsRefusal(exception, condition))
        {
            return await FindOwnWriteAsync(blob, writeId, cancellationToken).ConfigureAwait(false)
                ?? throw new PreconditionFailedException(
                    $"Blob '{blob.Name}' was to be "
                        + $"{(condition.MustNotExist ? "created" : condition.ETag is { } known ? $"replaced at ETag {known}" : "written")} "
                        + "but "
                        + "another writer was first "
                        + $"({exception.Status} {exception.ErrorCode}); read it and decide anew.",
                    exception
                );
        }
        catch (Exception exception) when (IsInDoubt(exception) && !cancellationToken.IsCancellationRequested)
        {
            if (await FindOwnWriteAsync(blob, writeId, cancellationToken).ConfigureAwait(false) is { } etag)
            {
                return etag;
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<StoredObject?> GetAsync(string name, CancellationToken cancellationToken)
    {
        BlobClient blob = _container.GetBlobClient(BlobName(name));
        try
        {
            using BlobDownloadStreamingResult download = await blob.DownloadStreamingAsync(cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            if (download.Details.ContentLength > Array.MaxLength)
            {
                throw new IOException(
                    $"Blob '{blob.Name}' has {download.Details.ContentLength} bytes, more than the {Array.MaxLength} that can be read at "
                        + "once; raise the job's parallelism so that parts get smaller."
                );
            }

            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)download.Details.ContentLength);
            await download.Content.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            return new StoredObject(bytes, download.Details.ETag.ToString());
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            return _options.CreateContainer ? null : throw NoContainer(exception);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectNames.ThrowIfInvalidPrefix(prefix);
        List<string> names = new();
        try
        {
            GetBlobsOptions options = new() { Prefix = _options.Prefix + prefix };
            await foreach (BlobItem item in _container.GetBlobsAsync(options, cancellationToken).ConfigureAwait(false))
            {
                names.Add(item.Name[_options.Prefix.Length..]);
            }
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            if (!_options.CreateContainer)
            {
                throw NoContainer(exception);
            }
        }

        // Accounts with a hierarchical namespace list folder by folder, which is not the ordinal order of the names.
        names.Sort(StringComparer.Ordinal);
        foreach (string name in names)
        {
            yield return name;
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        _container.DeleteBlobIfExistsAsync(BlobName(name), DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken);

    private static bool IsRefusal(RequestFailedException exception, PutCondition condition) =>
        exception.ErrorCode == BlobErrorCode.InvalidBlockList
        || (
            condition != PutCondition.None
            && (
                exception.Status == 412
                || exception.ErrorCode == BlobErrorCode.BlobAlreadyExists
                || exception.ErrorCode == BlobErrorCode.BlobNotFound
            )
        );

    private static bool IsInDoubt(Exception exception) =>
        exception switch
        {
            RequestFailedException failed => failed.Status is 0 or 408 or >= 500,
            AggregateException or IOException or OperationCanceledException => true,
            _ => false,
        };

    private static BlobRequestConditions? Conditions(PutCondition condition) =>
        condition.MustNotExist ? new BlobRequestConditions { IfNoneMatch = ETag.All }
        : condition.ETag is { } etag ? new BlobRequestConditions { IfMatch = new ETag(etag) }
        : null;

    private static async Task<string?> FindOwnWriteAsync(BlockBlobClient blob, string writeId, CancellationToken cancellationToken)
    {
        try
        {
            BlobProperties properties = await blob.GetPropertiesAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            return properties.Metadata.TryGetValue(WriteIdKey, out string? id) && string.Equals(id, writeId, StringComparison.Ordinal)
                ? properties.ETag.ToString()
                : null;
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    private static Dictionary<string, string> MetadataOf(string writeId) => new(StringComparer.Ordinal) { [WriteIdKey] = writeId };

    private async Task<string> SendWholeAsync(
        BlockBlobClient blob,
        ReadOnlySequence<byte> content,
        PutCondition condition,
        string writeId,
        CancellationToken cancellationToken
    )
    {
        using SequenceStream stream = new(content);
        BlobUploadOptions upload = new() { Conditions = Conditions(condition), Metadata = MetadataOf(writeId) };

        // Only what is shorter than the first transfer goes in one request.
        upload.TransferOptions = new()
        {
            InitialTransferSize = Math.Max(_options.BlockSize, content.Length) + 1,
            MaximumTransferSize = _options.BlockSize,
        };
        BlobContentInfo info = await blob.UploadAsync(stream, upload, cancellationToken).ConfigureAwait(false);
        return info.ETag.ToString();
    }

    private async Task<string> SendBlocksAsync(
        BlockBlobClient blob,
        ReadOnlySequence<byte> content,
        PutCondition condition,
        string writeId,
        CancellationToken cancellationToken
    )
    {
        // The ids of the blocks are this write's own, so that another writer of the same name cannot mix its blocks in.
        int count = checked((int)((content.Length + _options.BlockSize - 1) / _options.BlockSize));
        string[] blocks =
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => Convert.ToBase64String([.. Guid.Parse(writeId).ToByteArray(), .. BitConverter.GetBytes(i)])),
        ];
        await Parallel
            .ForEachAsync(
                Enumerable.Range(0, count),
                new ParallelOptions { MaxDegreeOfParallelism = _options.Parallelism, CancellationToken = cancellationToken },
                async (i, token) =>
                {
                    long start = (long)i * _options.BlockSize;
                    using SequenceStream stream = new(content.Slice(start, Math.Min(_options.BlockSize, content.Length - start)));
                    await blob.StageBlockAsync(blocks[i], stream, cancellationToken: token).ConfigureAwait(false);
                }
            )
            .ConfigureAwait(false);
        CommitBlockListOptions commit = new() { Conditions = Conditions(condition), Metadata = MetadataOf(writeId) };
        BlobContentInfo committed = await blob.CommitBlockListAsync(blocks, commit, cancellationToken).ConfigureAwait(false);
        return committed.ETag.ToString();
    }

    private async Task<string> SendAgainWhenPossibleAsync(
        BlockBlobClient blob,
        ReadOnlySequence<byte> content,
        PutCondition condition,
        string writeId,
        CancellationToken cancellationToken
    )
    {
        bool isWhole = content.Length <= _options.BlockSize;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return isWhole
                    ? await SendWholeAsync(blob, content, condition, writeId, cancellationToken).ConfigureAwait(false)
                    : await SendBlocksAsync(blob, content, condition, writeId, cancellationToken).ConfigureAwait(false);
            }
            catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound && attempt < MaxAttempts)
            {
                if (!_options.CreateContainer)
                {
                    throw NoContainer(exception);
                }

                await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (RequestFailedException exception)
                when (exception.ErrorCode == BlobErrorCode.InvalidBlockList && !isWhole && attempt < MaxAttempts)
            {
                if (await FindOwnWriteAsync(blob, writeId, cancellationToken).ConfigureAwait(false) is { } etag)
                {
                    return etag;
                }

                // Another write of the blob has discarded this one's staged blocks. A single request cannot be overtaken: the service takes
                // it, or refuses its condition.
                isWhole = content.Length <= MaxOvertakenSize;
            }
        }
    }

    private string BlobName(string name)
    {
        ObjectNames.ThrowIfInvalid(name);
        return _options.Prefix + name;
    }

    private InvalidOperationException NoContainer(RequestFailedException exception) =>
        new(
            $"Blob container '{_container.Uri}' does not exist; create it, or turn on "
                + $"{nameof(BlobObjectStoreOptions)}.{nameof(BlobObjectStoreOptions.CreateContainer)}.",
            exception
        );
}
