using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;

namespace Millrace.Functions.Storage;

/// <summary>
/// Ledgers as rows of one table of the storage account. The rows of an incarnation of a job share a partition of it, so that those of a
/// trigger's batch are written in one transaction; the container's name tells apps apart that share an account.
/// </summary>
/// <param name="tables">The account's tables.</param>
/// <param name="container">The app's blob container, see <see cref="Configuration.MillraceOptions.Container"/>.</param>
internal sealed class TableLedgerStore(TableServiceClient tables, string container) : ILedgerStore
{
    /// <summary>The table, of all apps of an account.</summary>
    public const string TableName = "MillraceLedgers";

    // Of the service: a binary property, and a page of an answer.
    private const int MaxPropertyBytes = 64 * 1024;
    private const int MaxRowsOfPage = 1000;
    private const string Content = "Content";
    private readonly TableClient _table = tables.GetTableClient(TableName);

    public string Kind => "table";

    public int MaxWrites => 100;

    public async Task<StoredObject?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        string folder = DurableNames.FolderOfLedger(name);
        try
        {
            NullableResponse<TableEntity> row = await _table
                .GetEntityIfExistsAsync<TableEntity>(PartitionOf(folder), RowOf(name, folder), cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            return row.HasValue ? Read(row.Value!) : null;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == TableErrorCode.TableNotFound)
        {
            return null;
        }
    }

    public async IAsyncEnumerable<KeyValuePair<string, StoredObject>> ReadFolderAsync(
        string folder,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        string partition = PartitionOf(folder);
        AsyncPageable<TableEntity> rows = _table.QueryAsync<TableEntity>(
            row => row.PartitionKey == partition,
            MaxRowsOfPage,
            cancellationToken: cancellationToken
        );
        IAsyncEnumerator<TableEntity> next = rows.GetAsyncEnumerator(cancellationToken);
        await using ConfiguredAsyncDisposable nextDisposal = next.ConfigureAwait(false);
        while (true)
        {
            try
            {
                if (!await next.MoveNextAsync().ConfigureAwait(false))
                {
                    yield break;
                }
            }
            catch (RequestFailedException exception) when (exception.ErrorCode == TableErrorCode.TableNotFound)
            {
                yield break;
            }

            yield return new(folder + next.Current.RowKey.Replace(':', '/'), Read(next.Current));
        }
    }

    public async Task<IReadOnlyList<string>> WriteAsync(
        string folder,
        IReadOnlyList<LedgerWrite> writes,
        CancellationToken cancellationToken
    )
    {
        TableTransactionAction[] actions = [.. writes.Select(write => ActionOf(folder, write))];
        try
        {
            return await WriteAsync(actions, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == TableErrorCode.TableNotFound)
        {
            await _table.CreateIfNotExistsAsync(cancellationToken).ConfigureAwait(false);
            return await WriteAsync(actions, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<string>> WriteAsync(TableTransactionAction[] actions, CancellationToken cancellationToken)
    {
        try
        {
            if (actions is [var action])
            {
                return [await WriteAsync(action, cancellationToken).ConfigureAwait(false)];
            }

            Response<IReadOnlyList<Response>> answer = await _table
                .SubmitTransactionAsync(actions, cancellationToken)
                .ConfigureAwait(false);
            return [.. answer.Value.Select(ETagOf)];
        }
        catch (RequestFailedException exception) when (IsRefusal(exception))
        {
            ITableEntity row = actions[(exception as TableTransactionFailedException)?.FailedTransactionActionIndex ?? 0].Entity;
            throw new PreconditionFailedException(
                $"Row '{row.RowKey}' of '{row.PartitionKey}' in table {TableName} is not as it was read ({exception.ErrorCode}): another "
                    + "writer was first; read it and decide anew.",
                exception
            );
        }
    }

    private async Task<string> WriteAsync(TableTransactionAction action, CancellationToken cancellationToken) =>
        ETagOf(
            await (
                action.ActionType switch
                {
                    TableTransactionActionType.Add => _table.AddEntityAsync(action.Entity, cancellationToken),
                    TableTransactionActionType.UpsertReplace => _table.UpsertEntityAsync(
                        action.Entity,
                        TableUpdateMode.Replace,
                        cancellationToken
                    ),
                    _ => _table.UpdateEntityAsync(action.Entity, action.ETag, TableUpdateMode.Replace, cancellationToken),
                }
            ).ConfigureAwait(false)
        );

    private static string ETagOf(Response response) =>
        response.Headers.ETag?.ToString()
        ?? throw new InvalidDataException($"Table {TableName} has answered a write with status {response.Status} and no ETag.");

    // 404 without a table is not one: the table is made then.
    private static bool IsRefusal(RequestFailedException exception) =>
        exception.Status is 409 or 412 && exception.ErrorCode != TableErrorCode.TableBeingDeleted
        || (exception.Status == 404 && exception.ErrorCode != TableErrorCode.TableNotFound);

    private TableTransactionAction ActionOf(string folder, LedgerWrite write)
    {
        TableEntity row = new(PartitionOf(folder), RowOf(write.Name, folder));
        ReadOnlyMemory<byte> rest = write.Content;
        for (int part = 0; part == 0 || rest.Length > 0; part++)
        {
            int length = Math.Min(rest.Length, MaxPropertyBytes);
            row[PropertyOf(part)] = rest[..length].ToArray();
            rest = rest[length..];
        }

        return write.IsUnconditional ? new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)
            : write.ETag is null ? new TableTransactionAction(TableTransactionActionType.Add, row)
            : new TableTransactionAction(TableTransactionActionType.UpdateReplace, row, new ETag(write.ETag));
    }

    private static StoredObject Read(TableEntity row)
    {
        ArrayBufferWriter<byte> content = new();
        for (int part = 0; row.GetBinary(PropertyOf(part)) is { } bytes; part++)
        {
            content.Write(bytes);
        }

        return new StoredObject(content.WrittenMemory, row.ETag.ToString());
    }

    private static string PropertyOf(int part) => part == 0 ? Content : Content + part.ToString(CultureInfo.InvariantCulture);

    // Keys may not hold a '/', and names no ':'.
    private string PartitionOf(string folder) => $"{container}:{folder.TrimEnd('/').Replace('/', ':')}";

    private static string RowOf(string name, string folder) => name[folder.Length..].Replace('/', ':');
}
