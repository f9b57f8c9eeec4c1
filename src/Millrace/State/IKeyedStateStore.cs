namespace Millrace.State;

/// <summary>Gives the states of an operator. Getting a state again with the same name gives the same state.</summary>
public interface IKeyedStateStore
{
    /// <summary>One value per key.</summary>
    /// <typeparam name="T">Type of the value.</typeparam>
    /// <param name="descriptor">Names the state.</param>
    IValueState<T> GetState<T>(ValueStateDescriptor<T> descriptor);

    /// <summary>A list per key.</summary>
    /// <typeparam name="T">Type of the elements.</typeparam>
    /// <param name="descriptor">Names the state.</param>
    IListState<T> GetListState<T>(ListStateDescriptor<T> descriptor);

    /// <summary>A map per key.</summary>
    /// <typeparam name="TMapKey">Type of the map's keys.</typeparam>
    /// <typeparam name="TMapValue">Type of the map's values.</typeparam>
    /// <param name="descriptor">Names the state.</param>
    IMapState<TMapKey, TMapValue> GetMapState<TMapKey, TMapValue>(MapStateDescriptor<TMapKey, TMapValue> descriptor)
        where TMapKey : notnull;

    /// <summary>A reduced value per key.</summary>
    /// <typeparam name="T">Type of the value.</typeparam>
    /// <param name="descriptor">Names the state.</param>
    IReducingState<T> GetReducingState<T>(ReducingStateDescriptor<T> descriptor);

    /// <summary>An accumulator per key.</summary>
    /// <typeparam name="TIn">Type of the added values.</typeparam>
    /// <typeparam name="TAcc">Type of the accumulator.</typeparam>
    /// <typeparam name="TOut">Type of the result.</typeparam>
    /// <param name="descriptor">Names the state.</param>
    IAggregatingState<TIn, TOut> GetAggregatingState<TIn, TAcc, TOut>(AggregatingStateDescriptor<TIn, TAcc, TOut> descriptor);
}
