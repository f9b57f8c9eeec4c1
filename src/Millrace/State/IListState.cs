namespace Millrace.State;

/// <summary>A list per key.</summary>
/// <typeparam name="T">Type of the elements.</typeparam>
public interface IListState<T> : IState
{
    /// <summary>The key's elements, in the order they were added; empty when there are none. Valid until the next change.</summary>
    IReadOnlyList<T> Get();

    /// <summary>Appends an element.</summary>
    /// <param name="value">The element.</param>
    void Add(T value);

    /// <summary>Appends elements.</summary>
    /// <param name="values">The elements.</param>
    void AddAll(IEnumerable<T> values);

    /// <summary>Replaces the list.</summary>
    /// <param name="values">The new elements; none = the state is cleared.</param>
    void Update(IEnumerable<T> values);
}
