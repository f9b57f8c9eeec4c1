namespace Millrace.DevBroker.Journals;

/// <summary>Opens journals by name; the same name gives the same journal.</summary>
internal interface IJournalStore : IAsyncDisposable
{
    IJournal Open(string name);
}
