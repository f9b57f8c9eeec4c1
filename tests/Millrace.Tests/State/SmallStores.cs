using Millrace.RocksDb;
using Millrace.StateBackends;

namespace Millrace.Tests.State;

/// <summary>Stores on disk that keep next to nothing in memory.</summary>
/// <param name="memoryBytes">So little that hardly more than one entry has room, if nothing else is said.</param>
internal sealed class SmallStores(int memoryBytes = 512) : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("millrace-state-").FullName;
    private readonly List<IStateStore> _stores = [];

    public string Folder => _path;

    /// <summary>A store for all tables of one task.</summary>
    public Func<IStateStore> OpenOnce()
    {
        IStateStore store = Open();
        return () => store;
    }

    public IStateStore Open()
    {
        RocksDbStateStore store = new(StoreDirectory.Create(_path, "job", "task"), new SharedMemory(memoryBytes));
        _stores.Add(store);
        return store;
    }

    public void Dispose()
    {
        foreach (IStateStore store in _stores)
        {
            store.Dispose();
        }

        Directory.Delete(_path, recursive: true);
    }
}
