using Millrace.Serialization;

namespace Millrace.State;

/// <summary>Describes an <see cref="IAggregatingState{TIn, TOut}"/>.</summary>
/// <typeparam name="TIn">Type of the added values.</typeparam>
/// <typeparam name="TAcc">Type of the accumulator.</typeparam>
/// <typeparam name="TOut">Type of the result.</typeparam>
/// <param name="name">Name of the state, unique in its operator.</param>
/// <param name="create">An accumulator of no values.</param>
/// <param name="add">Adds a value to an accumulator.</param>
/// <param name="getResult">The result of an accumulator.</param>
/// <param name="serializer">Own serializer of accumulators; <see langword="null"/> = the type's.</param>
public sealed class AggregatingStateDescriptor<TIn, TAcc, TOut>(
    string name,
    Func<TAcc> create,
    Func<TIn, TAcc, TAcc> add,
    Func<TAcc, TOut> getResult,
    TypeSerializer<TAcc>? serializer = null
) : StateDescriptor(name)
{
    internal Func<TAcc> Create { get; } = create;

    internal Func<TIn, TAcc, TAcc> Add { get; } = add;

    internal Func<TAcc, TOut> GetResult { get; } = getResult;

    internal TypeSerializer<TAcc> Serializer { get; } = SerializerOf(name, serializer);
}
