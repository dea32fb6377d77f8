//! Medians, and how far what they are of lies apart.

/// The one in the middle.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let values = sorted(values);
    values.get(values.len() / 2).copied()
}

/// The distance between the largest and the smallest over the median.
pub(crate) fn spread(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let values = sorted(values);
    Some((values.last()? - values.first()?) / values.get(values.len() / 2)?)
}

fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values
}
