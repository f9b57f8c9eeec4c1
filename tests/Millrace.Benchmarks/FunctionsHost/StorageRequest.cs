namespace Millrace.Benchmarks.FunctionsHost;

/// <summary>A request to the storage account, named by what it is billed as.</summary>
/// <param name="Owner">Whose it is: ledgers, Durable, or the rest.</param>
/// <param name="Kind">Service and operation.</param>
/// <param name="Bytes">What was sent.</param>
internal sealed record StorageRequest(string Owner, string Kind, long Bytes)
{
    public const string Ledgers = "ledgers";
    public const string Durable = "durable";
    private const string Rest = "host, checkpoints";
    private const string LedgerTable = "MillraceLedgers";

    /// <summary>Whether the body says which table it is about.</summary>
    public bool IsTransaction { get; private init; }

    /// <param name="service">Blob, Queue or Table.</param>
    /// <param name="line">The request's first line.</param>
    /// <param name="method">The method that a header says instead, if any.</param>
    public static StorageRequest Parse(string service, string line, string? method)
    {
        string[] words = line.Split(' ');
        string verb = method ?? words[0];
        string[] address = words[1].Split('?');

        // The emulator's addresses begin with the account's name.
        string path = address[0].TrimStart('/').Split('/', 2).ElementAtOrDefault(1) ?? "";
        string query = address.ElementAtOrDefault(1) ?? "";
        return service switch
        {
            "Table" => OfTable(verb, path),
            "Queue" => OfQueue(verb, path, query),
            _ => OfBlob(verb, path, query),
        };
    }

    /// <summary>Adds what the rest of the request says.</summary>
    public StorageRequest With(long bytes, string? body) =>
        this with
        {
            Bytes = bytes,
            Owner = body?.Contains(LedgerTable, StringComparison.Ordinal) == true ? Ledgers : Owner,
        };

    private static StorageRequest OfTable(string verb, string path)
    {
        bool isTransaction = path.StartsWith("$batch", StringComparison.Ordinal);
        string kind =
            isTransaction ? "transaction"
            : verb is "GET" ? "read"
            : "write";
        string owner = path.StartsWith(LedgerTable, StringComparison.Ordinal) ? Ledgers : Durable;
        return new(owner, "table " + kind, 0) { IsTransaction = isTransaction };
    }

    private static StorageRequest OfQueue(string verb, string path, string query)
    {
        bool isControl = path.Contains("-control-", StringComparison.Ordinal);
        string kind =
            !path.Contains("/messages", StringComparison.Ordinal) ? "other"
            : verb is "POST" ? (isControl ? "put, control queues" : "put, work items")
            : verb is "DELETE" ? "delete"
            : verb is "PUT" ? "update"
            : query.Contains("peekonly", StringComparison.Ordinal) ? "peek"
            : "get";
        return new(Durable, "queue " + kind, 0);
    }

    private static StorageRequest OfBlob(string verb, string path, string query)
    {
        bool isLease = query.Contains("comp=lease", StringComparison.Ordinal);
        string kind =
            verb is "DELETE" ? "delete"
            : isLease ? "lease"
            : verb is "PUT" ? "write"
            : query.Contains("comp=list", StringComparison.Ordinal) ? "list"
            : "read";
        string owner =
            path.Contains("/ledgers/", StringComparison.Ordinal) || path.Contains("%2Fledgers%2F", StringComparison.OrdinalIgnoreCase)
                ? Ledgers
            : path.Split('/')[0].EndsWith("-largemessages", StringComparison.Ordinal) ? Durable
            : path.Split('/')[0].EndsWith("-leases", StringComparison.Ordinal) ? Durable
            : Rest;
        return new(owner, "blob " + kind, 0);
    }
}
