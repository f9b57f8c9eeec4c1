namespace Millrace.Testing;

/// <summary>The elements of one split, in order. Thread-safe: the test adds while the job reads.</summary>
internal sealed class TestSplit<T>(string id, int number)
{
    private readonly Lock _lock = new();
    private readonly List<TestElement<T>> _elements = [];
    private bool _ended;

    public string Id { get; } = id;

    public int Number { get; } = number;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _elements.Count;
            }
        }
    }

    public void Add(TestElement<T> element)
    {
        lock (_lock)
        {
            if (_ended)
            {
                throw new InvalidOperationException($"Split {Id} has ended, so nothing can be added; call End last.");
            }

            _elements.Add(element);
        }
    }

    public void End()
    {
        lock (_lock)
        {
            _ended = true;
        }
    }

    /// <summary>The element at a position, if it has been added.</summary>
    public bool TryGet(int position, out TestElement<T> element)
    {
        lock (_lock)
        {
            bool found = position < _elements.Count;
            element = found ? _elements[position] : default;
            return found;
        }
    }

    public bool IsAtEnd(int position)
    {
        lock (_lock)
        {
            return _ended && position >= _elements.Count;
        }
    }
}
